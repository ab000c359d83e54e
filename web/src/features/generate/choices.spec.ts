import { describe, expect, it } from 'vitest'
import type { Capabilities, EngineStatus } from '@/api/generated'
import { canDo, choicesOf, engineState } from './choices'

const list = (value: string[], learned: 'reported' | 'fixed' | 'unknown' = 'reported') => ({ value, learned })

const engine = (
  name: string,
  change: Partial<EngineStatus> = {},
  known: Partial<Capabilities> = {},
): EngineStatus => ({
  name,
  kind: 'forge',
  url: '',
  enabled: true,
  reachable: true,
  base_models: [],
  checked_at: null,
  from_configuration: false,
  latency_ms: null,
  notes: [],
  rerun_after_crash: false,
  timeout_seconds: 600,
  capabilities: { modes: list(['text', 'image']), samplers: list(['Euler']), ...known } as Capabilities,
  ...change,
})

describe('what can be chosen', () => {
  const one = engine('one')
  const two = engine('two', {}, { samplers: list(['Euler', 'DDIM']) })

  it('is the list of the chosen engine, with how it is known', () => {
    expect(choicesOf([one, two], 'two', 'samplers')).toEqual({
      values: ['Euler', 'DDIM'],
      learned: 'reported',
    })
  })

  it('is all lists in one when the server chooses', () => {
    expect(choicesOf([one, two], 'auto', 'samplers')).toEqual({
      values: ['Euler', 'DDIM'],
      learned: 'merged',
    })
  })

  it.each([
    ['the engine is gone', 'three', []],
    ['the engine has no list', 'x', [engine('x', {}, { samplers: list([], 'unknown') })]],
    ['the engine was never asked', 'x', [engine('x', { capabilities: null })]],
  ])('is anything when %s', (_, chosen, engines) => {
    expect(choicesOf(engines, chosen, 'samplers')).toEqual({ values: [], learned: 'unknown' })
  })

  it.each([
    ['switched off', { enabled: false }],
    ['away', { reachable: false }],
  ])('leaves out engines that are %s', (_, change) => {
    expect(choicesOf([one, { ...two, ...change }], 'auto', 'samplers').values).toEqual(['Euler'])
  })
})

it.each([
  ['it says so', {}, 'image', true],
  ['it says no', {}, 'control', false],
  ['nobody knows', { modes: list([], 'unknown') }, 'control', true],
])('lets an engine try when %s', (_, known, mode, expected) => {
  expect(canDo([engine('x', {}, known)], 'x', mode)).toBe(expected)
})

it.each([
  ['off', { enabled: false, reachable: true }],
  ['unknown', { reachable: null }],
  ['ready', { reachable: true }],
  ['away', { reachable: false }],
] as const)('calls an engine %s', (state, change) => {
  expect(engineState(engine('x', change))).toBe(state)
})
