import { expect, it } from 'vitest'
import type { Adapter, RecommendationItem } from '@/api/generated'
import { picksOf } from './forYou'

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
  feedback_id: null,
  fallback: false,
  ...given,
})

it('tells why, and leaves out what nothing speaks for', () => {
  const picks = picksOf([
    item('a', { explanation: 'Used together in 3 images.' }),
    item('b', {}),
    item('c', { fallback: true, explanation: 'Often used.' }),
  ])
  expect(picks.map(({ id, why }) => [id, why])).toEqual([['a', 'Used together in 3 images.']])
})
