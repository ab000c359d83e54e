import type { GenerationParams, Result } from '@/api/generated'

/** A result for tests, with nothing filled in but what is given. */
export function makeResult(
  given: Partial<Omit<Result, 'params'>> & { params?: Partial<GenerationParams> } = {},
): Result {
  const id = given.id ?? 'r'
  const params: GenerationParams = {
    prompt: 'a fox',
    negative_prompt: null,
    steps: 20,
    sampler_name: 'Euler a',
    cfg_scale: 7,
    width: 512,
    height: 512,
    seed: 1,
    batch_size: 1,
    n_iter: 1,
    denoising_strength: null,
    ...given.params,
  }
  return {
    id,
    job_id: id,
    prompt: params.prompt,
    negative_prompt: params.negative_prompt,
    status: 'completed',
    image_url: null,
    thumbnail_url: null,
    width: params.width,
    height: params.height,
    steps: params.steps,
    cfg_scale: params.cfg_scale,
    seed: params.seed,
    created_at: '2026-01-01T00:00:00Z',
    finished_at: '2026-01-01T00:00:05Z',
    generation_info: null,
    rating: null,
    is_favorite: false,
    rating_updated_at: null,
    favorite_updated_at: null,
    images: [],
    adapters: [],
    tags: [],
    kind: 'generation',
    mode: 'sketch',
    engine: 'sketch',
    model: '',
    sampler_name: params.sampler_name,
    raw_status: 'succeeded',
    error_message: null,
    error_class: '',
    composition_id: null,
    duration_seconds: 5,
    trashed_at: null,
    ...given,
    params,
  }
}
