import { expect, it } from 'vitest'
import type { Adapter, RecommendationItem, RecommendSignal } from '@/api/generated'
import { picksOf } from './forYou'

const signal = (words: string, contribution: number): RecommendSignal => ({
  signal: 'co_use',
  score: 1,
  weight: 1,
  contribution,
  words,
})
const item = (id: string, given: Partial<RecommendationItem>): RecommendationItem => ({
  lora_id: id,
  lora_name: id,
  lora_description: null,
  similarity_score: 0.5,
  final_score: 0.5,
  explanation: '',
  semantic_similarity: null,
  artistic_similarity: null,
  technical_similarity: null,
  quality_boost: null,
  popularity_boost: null,
  recency_boost: null,
  metadata: null,
  adapter: {} as Adapter,
  signals: [],
  feedback: null,
  fallback: false,
  ...given,
})

it('tells the weightiest reason, and leaves out what nothing speaks for', () => {
  const picks = picksOf([
    item('a', { signals: [signal('', 0.4), signal('Used together in 3 images', 0.2)] }),
    item('b', { signals: [signal('Its base model is unknown', 0)] }),
    item('c', { fallback: true, signals: [signal('Often used', 0.3)] }),
  ])
  expect(picks.map(({ id, why }) => [id, why])).toEqual([['a', 'Used together in 3 images']])
})
