import { describe, expect, it } from 'vitest'
import { makeResult } from '../records/fixtures'
import { adapterOfKey, compareTexts, differencesOf } from './diff'

const line = (lines: ReturnType<typeof differencesOf>, key: string) => lines.find((one) => one.key === key)

describe('differencesOf', () => {
  it('tells what differs from what is the same', () => {
    const lines = differencesOf(
      makeResult({ id: 'a', params: { steps: 20, seed: 1 } }),
      makeResult({ id: 'b', params: { steps: 30, seed: 1 } }),
    )
    expect(line(lines, 'steps')).toEqual({ key: 'steps', left: '20', right: '30', isDifferent: true })
    expect(line(lines, 'seed')).toMatchObject({ isDifferent: false })
  })

  it('shows what only one of them has', () => {
    const hires = { scale: 2, denoising: 0.4, upscaler: 'Latent' }
    const lines = differencesOf(makeResult({ params: { hires } }), makeResult({}))
    expect(line(lines, 'hires')).toEqual({
      key: 'hires',
      left: 'scale 2, denoising 0.4, upscaler Latent',
      right: null,
      isDifferent: true,
    })
  })

  it('compares adapters by their names and weights', () => {
    const use = (name: string, weight: number) => ({ adapter_id: name, name, weight, found: true })
    const lines = differencesOf(
      makeResult({ adapters: [use('ink', 0.8), use('fox', 1)] }),
      makeResult({ adapters: [use('fox', 1), use('ink', 0.6)] }),
    )
    const adapters = lines.flatMap(({ key, ...rest }) =>
      adapterOfKey(key) ? [{ name: adapterOfKey(key), ...rest }] : [],
    )
    expect(adapters).toEqual([
      { name: 'ink', left: '0.8', right: '0.6', isDifferent: true },
      { name: 'fox', left: '1', right: '1', isDifferent: false },
    ])
  })
})

describe('compareTexts', () => {
  const marked = (pieces: { text: string; isOnlyHere: boolean }[]) =>
    pieces.map(({ text, isOnlyHere }) => (isOnlyHere ? `[${text}]` : text)).join('')

  it.each([
    ['the same text', 'a red fox', 'a red fox', 'a red fox', 'a red fox'],
    ['a word that was exchanged', 'a red fox', 'a grey fox', 'a [red ]fox', 'a [grey ]fox'],
    ['words at the end', 'a fox', 'a fox in grass', 'a [fox]', 'a [fox in grass]'],
    [
      'an adapter with another weight',
      'fox, <lora:ink:0.8>',
      'fox, <lora:ink:1>',
      'fox, [<lora:ink:0.8>]',
      'fox, [<lora:ink:1>]',
    ],
    ['nothing beside something', '', 'fox', '', '[fox]'],
  ])('marks %s', (_, left, right, wantLeft, wantRight) => {
    const both = compareTexts(left, right)
    expect(marked(both.left)).toBe(wantLeft)
    expect(marked(both.right)).toBe(wantRight)
  })

  it('does not take long over very long texts', () => {
    const long = 'word '.repeat(20_000)
    expect(compareTexts(long, `${long}x`).left).toEqual([{ text: long, isOnlyHere: true }])
  })
})
