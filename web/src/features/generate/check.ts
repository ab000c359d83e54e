import { type BoundName, bounds, isWithin, longestPrompt, mostPixels } from './bounds'
import type { GenerateForm } from './form'

/** What is wrong with one field, as the key of a sentence and what goes into it. */
interface Mistake {
  key: 'between' | 'pixels' | 'long' | 'image' | 'end' | 'upscaler' | 'host' | 'mask'
  values?: { min?: number; max?: number }
}

/** The mistakes by field. Names are the server's; parts of a list have their place, as "controls.0.end". */
export type Mistakes = Record<string, Mistake>

const plain = ['steps', 'cfg_scale', 'width', 'height', 'batch_size', 'n_iter', 'clip_skip'] as const

/** Finds what the server would refuse. */
export function check(form: GenerateForm): Mistakes {
  const found: Mistakes = {}
  const within = (field: string, bound: BoundName, value: number) => {
    const { min, max } = bounds[bound]
    if (!isWithin(bound, value)) found[field] = { key: 'between', values: { min, max } }
  }
  for (const field of plain) within(field, field, form[field])
  if (form.isSeedFixed) within('seed', 'seed', form.seed)
  for (const field of ['prompt', 'negative_prompt'] as const)
    if (new TextEncoder().encode(form[field]).length > longestPrompt) found[field] = { key: 'long' }
  checkPicture(form, found, within)
  checkPasses(form, found, within)
  checkControls(form, found, within)
  if (form.deliver.mode === 'http') {
    if (!form.deliver.host.trim()) found['deliver.host'] = { key: 'host' }
    within('deliver.port', 'port', form.deliver.port)
  }
  return found
}

type Within = (field: string, bound: BoundName, value: number) => void

function checkPicture(form: GenerateForm, found: Mistakes, within: Within): void {
  if (!form.init_image) {
    if (form.mask_image) found.mask_image = { key: 'mask' }
    return
  }
  within('denoising_strength', 'denoising_strength', form.denoising_strength)
  if (form.mask_image) within('mask_blur', 'mask_blur', form.mask_blur)
}

function checkPasses(form: GenerateForm, found: Mistakes, within: Within): void {
  let scale = 1
  if (form.hires) {
    within('hires.scale', 'scale', form.hires.scale)
    within('hires.steps', 'hires_steps', form.hires.steps)
    within('hires.denoising', 'hires_denoising', form.hires.denoising)
    scale *= form.hires.scale
  }
  if (form.upscale) {
    within('upscale.scale', 'scale', form.upscale.scale)
    if (!form.upscale.upscaler.trim()) found['upscale.upscaler'] = { key: 'upscaler' }
    scale *= form.upscale.scale
  }
  if (found.width || found.height) return
  const largest = scale * Math.max(form.width, form.height)
  const pixels = scale * scale * form.width * form.height
  if (largest > bounds.width.max || pixels > mostPixels) found.width = { key: 'pixels' }
}

function checkControls({ controls }: GenerateForm, found: Mistakes, within: Within): void {
  controls.forEach((unit, index) => {
    const at = (field: string) => `controls.${index}.${field}`
    if (!unit.image) found[at('image')] = { key: 'image' }
    within(at('weight'), 'control_weight', unit.weight)
    within(at('start'), 'share', unit.start)
    within(at('end'), 'share', unit.end)
    if (!found[at('end')] && unit.end < unit.start) found[at('end')] = { key: 'end' }
  })
}
