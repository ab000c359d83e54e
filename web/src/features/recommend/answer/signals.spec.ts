import { describe, expect, it } from 'vitest'
import type { RecommendSignal } from '@/api/generated'
import { reasonsOf, scoresOf } from './signals'

const signal = (
  name: RecommendSignal['signal'],
  contribution: number,
  words: string = name,
): RecommendSignal => ({
  signal: name,
  score: contribution,
  weight: 1,
  contribution,
  words,
})

describe('the reasons for a recommendation', () => {
  it('are the three that add most, in words', () => {
    const signals = [signal('recency', 0.1), signal('text', 0.4), signal('taste', 0.2), signal('style', 0.3)]
    expect(reasonsOf({ signals })).toEqual(['text', 'style', 'taste'])
  })

  it('leave out what has no words or adds nothing', () => {
    expect(reasonsOf({ signals: [signal('text', 0), signal('style', 0.3, '')] })).toEqual([])
  })
})

describe('the scores of a recommendation', () => {
  it('keep one order, whatever adds most', () => {
    const signals = [signal('taste', 0.9), signal('co_use', 0.5), signal('text', 0.1)]
    expect(scoresOf({ signals }).map((each) => each.signal)).toEqual(['text', 'co_use', 'taste'])
  })
})
