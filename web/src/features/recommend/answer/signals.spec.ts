import { describe, expect, it } from 'vitest'
import type { RecommendSignal } from '@/api/generated'
import { scoresOf } from './signals'

const signal = (name: RecommendSignal['signal'], contribution: number): RecommendSignal => ({
  signal: name,
  score: contribution,
  weight: 1,
  contribution,
  words: '',
})

describe('the scores of a recommendation', () => {
  it('keep one order, whatever adds most', () => {
    const signals = [signal('taste', 0.9), signal('co_use', 0.5), signal('text', 0.1)]
    expect(scoresOf({ signals }).map((each) => each.signal)).toEqual(['text', 'co_use', 'taste'])
  })
})
