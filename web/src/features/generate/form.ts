import * as v from 'valibot'
import type { ControlUnit, GenerateBody, GenerationBody, GenerationParams, Use } from '@/api/generated'

/** Everything that the page lets the user choose. Parameters have the server's names. */
export interface GenerateForm {
  /** Name of an engine; "auto" leaves the choice to the server. */
  engine: string
  prompt: string
  negative_prompt: string
  model: string
  vae: string
  sampler_name: string
  scheduler: string
  steps: number
  cfg_scale: number
  width: number
  height: number
  /** What `isSeedFixed` uses; without it each job draws its own. */
  seed: number
  isSeedFixed: boolean
  batch_size: number
  n_iter: number
  /** 0 leaves it to the engine. */
  clip_skip: number
  workflow: string
  /** SHA-256 of a picture, or empty. */
  init_image: string
  mask_image: string
  denoising_strength: number
  mask_blur: number
  mask_invert: boolean
  inpaint_whole: boolean
  /** null: no second pass. */
  hires: { scale: number; upscaler: string; steps: number; denoising: number } | null
  upscale: { upscaler: string; scale: number } | null
  controls: (Required<Omit<ControlUnit, 'preprocessor'>> & { preprocessor: string })[]
  /** Adapters besides those tagged in the prompt. */
  adapters: Use[]
  /** From 0 (last) to 9 (first). */
  priority: number
  deliver: DeliverChoice
}

interface DeliverChoice {
  mode: 'none' | 'http' | 'file'
  host: string
  port: number
  path: string
  /** What is written into the text file; empty is the prompt. */
  template: string
}

export const auto = 'auto'

export function emptyForm(): GenerateForm {
  return {
    engine: auto,
    prompt: '',
    negative_prompt: '',
    model: '',
    vae: '',
    sampler_name: 'DPM++ 2M',
    scheduler: '',
    steps: 20,
    cfg_scale: 7,
    width: 1024,
    height: 1024,
    seed: 0,
    isSeedFixed: false,
    batch_size: 1,
    n_iter: 1,
    clip_skip: 0,
    workflow: '',
    init_image: '',
    mask_image: '',
    denoising_strength: 0.6,
    mask_blur: 4,
    mask_invert: false,
    inpaint_whole: false,
    hires: null,
    upscale: null,
    controls: [],
    adapters: [],
    priority: 5,
    deliver: { mode: 'none', host: '', port: 80, path: '/', template: '' },
  }
}

export const newHires = () => ({ scale: 2, upscaler: '', steps: 0, denoising: 0.5 })
export const newUpscale = () => ({ upscaler: '', scale: 2 })
export const newControl = () => ({ image: '', preprocessor: '', model: '', weight: 1, start: 0, end: 1 })

/** The parameters as the server takes them; what was left alone is left out. */
export function toParams(form: GenerateForm): GenerationBody {
  const isFromImage = form.init_image !== ''
  const isInpainting = isFromImage && form.mask_image !== ''
  return {
    prompt: form.prompt,
    negative_prompt: form.negative_prompt || null,
    steps: form.steps,
    sampler_name: form.sampler_name,
    cfg_scale: form.cfg_scale,
    width: form.width,
    height: form.height,
    seed: form.isSeedFixed ? form.seed : -1,
    batch_size: form.batch_size,
    n_iter: form.n_iter,
    ...filled({
      model: form.model,
      vae: form.vae,
      scheduler: form.scheduler,
      workflow: form.workflow,
      clip_skip: form.clip_skip,
    }),
    ...(isFromImage && { init_image: form.init_image, denoising_strength: form.denoising_strength }),
    ...(isInpainting && {
      mask_image: form.mask_image,
      mask_blur: form.mask_blur,
      mask_invert: form.mask_invert,
      inpaint_whole: form.inpaint_whole,
    }),
    ...(form.hires && { hires: form.hires }),
    ...(form.upscale && { upscale: form.upscale }),
    ...(form.controls.length > 0 && { controls: form.controls }),
    ...(form.adapters.length > 0 && { adapters: form.adapters }),
  }
}

/** Without the members that are empty or 0. */
function filled<Members extends Record<string, string | number>>(members: Members): Partial<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value)) as Partial<Members>
}

/** Allowed hosts may be listed with a port, and are then chosen with it. */
function address({ host, port }: DeliverChoice): { host: string; port: number } {
  const [, name, number] = /^([^:]+):(\d+)$/.exec(host.trim()) ?? []
  return name && number ? { host: name, port: Number(number) } : { host: host.trim(), port }
}

export function toBody(form: GenerateForm): GenerateBody {
  const { mode, path, template } = form.deliver
  const body: GenerateBody = toParams(form)
  if (mode === 'http') body.deliver = { mode, params: { ...address(form.deliver), path: path.trim() || '/' } }
  if (mode === 'file') body.deliver = { mode, params: template ? { template } : {} }
  return body
}

/**
 * The form with parameters of a result, a preset or another page. Complete parameters
 * replace all there were; partial ones, as read from a picture, only what they name.
 */
export function withParams(
  form: GenerateForm,
  params: Partial<GenerationParams>,
  isComplete: boolean,
): GenerateForm {
  const usual = emptyForm()
  const before = isComplete
    ? { ...usual, engine: form.engine, priority: form.priority, deliver: form.deliver }
    : form
  const known = Object.fromEntries(
    Object.entries(params).filter(([key, value]) => key in usual && value !== null),
  ) as Partial<GenerateForm>
  const seed = params.seed ?? -1
  return {
    ...before,
    ...known,
    ...('seed' in params && { seed: Math.max(0, seed), isSeedFixed: seed >= 0 }),
    hires: params.hires ? { ...newHires(), ...params.hires } : before.hires,
    upscale: params.upscale ?? before.upscale,
    controls: params.controls?.map((unit) => ({ ...newControl(), ...unit })) ?? before.controls,
  }
}

const number = v.number()
const text = v.string()
const stored = v.object({
  engine: text,
  prompt: text,
  negative_prompt: text,
  model: text,
  vae: text,
  sampler_name: text,
  scheduler: text,
  steps: number,
  cfg_scale: number,
  width: number,
  height: number,
  seed: number,
  isSeedFixed: v.boolean(),
  batch_size: number,
  n_iter: number,
  clip_skip: number,
  workflow: text,
  init_image: text,
  mask_image: text,
  denoising_strength: number,
  mask_blur: number,
  mask_invert: v.boolean(),
  inpaint_whole: v.boolean(),
  hires: v.nullable(v.object({ scale: number, upscaler: text, steps: number, denoising: number })),
  upscale: v.nullable(v.object({ upscaler: text, scale: number })),
  controls: v.array(
    v.object({ image: text, preprocessor: text, model: text, weight: number, start: number, end: number }),
  ),
  adapters: v.array(v.looseObject({ name: text, weight: number })),
  priority: number,
  deliver: v.object({
    mode: v.picklist(['none', 'http', 'file']),
    host: text,
    port: number,
    path: text,
    template: text,
  }),
})

/** Reads a form that this browser remembers; each part that cannot be used is as in a new one. */
export function parseForm(json: string): GenerateForm {
  const form = emptyForm()
  let kept: unknown
  try {
    kept = JSON.parse(json)
  } catch {
    return form
  }
  if (typeof kept !== 'object' || kept === null) return form
  const usable = Object.entries(kept).flatMap(([key, value]) => {
    if (!Object.hasOwn(stored.entries, key)) return []
    const result = v.safeParse(stored.entries[key as keyof typeof stored.entries], value)
    return result.success ? [[key, result.output] as const] : []
  })
  return { ...form, ...Object.fromEntries(usable) }
}
