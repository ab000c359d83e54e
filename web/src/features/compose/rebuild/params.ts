import type { RebuiltParams } from '@/api/generated'

/** The parameters that are shown, in their order. */
const shown = [
  'model',
  'sampler_name',
  'scheduler',
  'steps',
  'cfg_scale',
  'seed',
  'width',
  'height',
  'denoising_strength',
  'clip_skip',
  'vae',
] as const satisfies readonly (keyof RebuiltParams)[]

/** What is stated, as labels and values. Seeds are written as they are typed: without separators. */
export function paramsText(
  params: RebuiltParams,
  label: (field: (typeof shown)[number]) => string,
  number: (value: number) => string,
): { label: string; value: string }[] {
  return shown.flatMap((field) => {
    const value = params[field]
    if (value === undefined) return []
    const text = typeof value === 'string' || field === 'seed' ? String(value) : number(value)
    return [{ label: label(field), value: text }]
  })
}
