import type { Rebuilt, Result } from '@/api/generated'

/**
 * What a result was made with, where its parsed prompt gives the text: the job
 * itself knows which adapters it used, with or without tags in the prompt.
 */
export function rebuiltFrom(result: Result, parsed: Rebuilt): Rebuilt {
  const { params } = result
  return {
    ...parsed,
    negative: result.negative_prompt ?? '',
    entries: result.adapters
      .filter(({ found }) => found)
      .map(({ found, ...use }) => ({ ...use, enabled: found })),
    lost: result.adapters
      .filter(({ found }) => !found)
      .map(({ name, weight }) => ({ name, weight, reason: '' })),
    params: params && {
      cfg_scale: params.cfg_scale,
      clip_skip: params.clip_skip,
      denoising_strength: params.denoising_strength ?? undefined,
      height: params.height,
      hires: params.hires,
      model: params.model,
      sampler_name: params.sampler_name,
      scheduler: params.scheduler,
      seed: result.seed ?? params.seed,
      steps: params.steps,
      vae: params.vae,
      width: params.width,
    },
  }
}
