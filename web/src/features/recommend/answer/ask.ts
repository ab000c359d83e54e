import {
  recommendForActive,
  recommendForPrompt,
  recommendSimilar,
  type RecommendationResponse,
} from '@/api/generated'
import { highestLevel, type Question } from '../question/question'

/** Asks the server; `hideFrom` is the NSFW level that the settings hide from, 0 for none. */
export function ask(
  { way, adapter, prompt, composition, base, favorites, nsfwFrom, limit }: Question,
  hideFrom: number,
  signal: AbortSignal,
): Promise<RecommendationResponse> {
  const filters = {
    limit,
    base_model: base || undefined,
    favorites_only: favorites || undefined,
    max_nsfw_level: highestLevel(nsfwFrom, hideFrom),
  }
  if (way === 'adapter') return recommendSimilar({ path: { lora_id: adapter }, query: filters, signal })
  if (way === 'prompt') return recommendForPrompt({ body: { prompt, ...filters }, signal })
  return recommendForActive({ body: { composition_id: composition || undefined, ...filters }, signal })
}
