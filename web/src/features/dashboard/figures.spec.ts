import { describe, expect, it } from 'vitest'
import type { EngineStatus, Summary } from '@/api/generated'
import { concernsOf, engineConcernsOf, figuresOf } from './figures'

const summary: Summary = {
  adapters: 10,
  active: 2,
  favorites: 0,
  added_this_week: 1,
  unreadable: 0,
  unsafe: 0,
  missing: 0,
  trashed: 0,
  duplicates: 0,
  size_bytes: 1,
  roots: 1,
  unscanned_roots: 0,
  digests: { done: 1, pending: 0, running: false, current_path: '', bytes_per_second: 0 },
  recent: [],
  recently_used: [],
  last_scan: null,
  scanning: null,
  activity: [],
}

describe('figuresOf', () => {
  it('leads every figure to what it counts', () => {
    expect(figuresOf(summary).map(({ key, to }) => [key, to.query?.q ?? to.path])).toEqual([
      ['adapters', '/library'],
      ['active', 'is:active'],
      ['favorites', 'is:favorite'],
      ['added_this_week', 'added:week'],
      ['duplicates', '/library/duplicates'],
    ])
  })

  it('mentions the trash only when something is in it', () => {
    expect(figuresOf({ ...summary, trashed: 3 }).at(-1)).toMatchObject({ key: 'trashed', value: 3 })
  })
})

describe('concernsOf', () => {
  it('is silent when all is well', () => {
    expect(concernsOf(summary, [])).toEqual([])
  })

  it('names what is wrong, the most serious first', () => {
    const concerns = concernsOf({ ...summary, missing: 4, unsafe: 1, unreadable: 2 }, ['NAS'])
    expect(concerns.map(({ key, count }) => [key, count])).toEqual([
      ['offline', 1],
      ['unreadable', 2],
      ['unsafe', 1],
      ['missing', 4],
    ])
  })
})

describe('engineConcernsOf', () => {
  const engine = (given: Partial<EngineStatus>): EngineStatus => ({
    name: 'studio',
    kind: 'a1111',
    url: 'http://127.0.0.1:7860',
    enabled: true,
    timeout_seconds: 60,
    base_models: [],
    rerun_after_crash: false,
    from_configuration: false,
    reachable: true,
    latency_ms: 1,
    checked_at: null,
    capabilities: null,
    notes: [],
    ...given,
  })

  it('is silent while every engine answers or was not asked yet', () => {
    expect(engineConcernsOf([engine({}), engine({ reachable: null })])).toEqual([])
  })

  it('says of an engine that cannot be used what the server says', () => {
    const [concern] = engineConcernsOf([engine({ reachable: false, error: 'Nothing answers.' })])
    expect(concern).toMatchObject({ key: 'engine', names: ['studio'], detail: 'Nothing answers.' })
    expect(concern?.to.query).toEqual({ section: 'engines' })
  })

  it('leaves engines alone that are switched off, unless all of them are', () => {
    const off = engine({ enabled: false, reachable: false })
    expect(engineConcernsOf([off, engine({})])).toEqual([])
    expect(engineConcernsOf([off]).map(({ key }) => key)).toEqual(['no_engine'])
  })
})
