/** What the server accepts, so that a mistake is said before it is sent. */
export const bounds = {
  steps: { min: 1, max: 1000, step: 1, whole: true },
  cfg_scale: { min: 0, max: 100, step: 0.5, whole: false },
  width: { min: 16, max: 16_384, step: 8, whole: true },
  height: { min: 16, max: 16_384, step: 8, whole: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, whole: true },
  batch_size: { min: 1, max: 64, step: 1, whole: true },
  n_iter: { min: 1, max: 100, step: 1, whole: true },
  denoising_strength: { min: 0, max: 1, step: 0.05, whole: false },
  clip_skip: { min: 0, max: 24, step: 1, whole: true },
  mask_blur: { min: 0, max: 256, step: 1, whole: true },
  scale: { min: 1, max: 8, step: 0.25, whole: false },
  hires_steps: { min: 0, max: 1000, step: 1, whole: true },
  hires_denoising: { min: 0, max: 1, step: 0.05, whole: false },
  control_weight: { min: -100, max: 100, step: 0.05, whole: false },
  share: { min: 0, max: 1, step: 0.05, whole: false },
  port: { min: 1, max: 65_535, step: 1, whole: true },
} as const

export type BoundName = keyof typeof bounds

/** Pixels of the largest picture that is made. */
export const mostPixels = 64_000_000

/** Bytes of the longest prompt. */
export const longestPrompt = 64 * 1024

export const mostControls = 8

/** False also for a box that is empty. */
export function isWithin(name: BoundName, value: number): boolean {
  const { min, max, whole } = bounds[name]
  return value >= min && value <= max && (!whole || Number.isInteger(value))
}
