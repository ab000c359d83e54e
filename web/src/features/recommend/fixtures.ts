import type { Adapter, RecommendationItem, RecommendationResponse, RecommendWeights } from '@/api/generated'

export const someWeights: RecommendWeights = {
  text: 0.5,
  style: 0.2,
  technical: 0.1,
  co_use: 1,
  quality: 0.1,
  popularity: 0.1,
  recency: 0,
  taste: 0.3,
}

/** A recommendation for tests, with nothing filled in but what is given. */
export function makeItem(id: string, given: Partial<RecommendationItem> = {}): RecommendationItem {
  const adapter = {
    id,
    name: `Adapter ${id}`,
    file_name: `${id}.safetensors`,
    file_state: 'ok',
    base_model: 'sdxl',
    base_confidence: 1,
    triggers: [],
    sources: {},
    preview: null,
    nsfw_level: 0,
    weight: 1,
    active: false,
  } as unknown as Adapter
  return {
    lora_id: id,
    lora_name: adapter.name,
    lora_description: null,
    similarity_score: 0.5,
    final_score: 0.5,
    explanation: `Words of ${id}`,
    semantic_similarity: null,
    artistic_similarity: null,
    technical_similarity: null,
    quality_boost: null,
    popularity_boost: null,
    recency_boost: null,
    metadata: null,
    adapter,
    signals: [{ signal: 'text', score: 0.8, weight: 0.5, contribution: 0.4, words: `Words of ${id}` }],
    feedback: null,
    feedback_id: null,
    fallback: false,
    ...given,
  }
}

/** An answer that recommends these adapters, in a session of its own. */
export function makeAnswer(
  session: string,
  recommendations: RecommendationItem[],
  adapters = 20,
): RecommendationResponse {
  return {
    target_lora_id: null,
    prompt: null,
    trigger_query: null,
    recommendations,
    total_candidates: adapters,
    processing_time_ms: 3,
    recommendation_config: {
      device: 'cpu',
      gpu_enabled: false,
      similarity_threshold: null,
      trigger_query: null,
      style_preference: null,
      technical_requirements: null,
      weights: { semantic: 0.5, artistic: 0.2, ...someWeights },
    },
    generated_at: '2026-01-01T00:00:00Z',
    session_id: session,
    kind: 'active',
    note: '',
    excluded: { incompatible: 2, dismissed: 0, unavailable: 0 },
    index: { adapters, change: 1 },
  }
}
