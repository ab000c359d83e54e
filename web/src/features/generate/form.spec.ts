import { describe, expect, it } from 'vitest'
import type { GenerationParams } from '@/api/generated'
import { check } from './check'
import {
  emptyForm,
  type GenerateForm,
  newControl,
  newHires,
  parseForm,
  toBody,
  toParams,
  withParams,
} from './form'

const sha = 'a'.repeat(64)
const form = (change: Partial<GenerateForm> = {}): GenerateForm => ({ ...emptyForm(), ...change })

/** Every parameter, each with a value that no default has. */
const everything: GenerationParams = {
  prompt: 'a lighthouse <lora:storm:0.8>',
  negative_prompt: 'people',
  steps: 33,
  sampler_name: 'Euler a',
  cfg_scale: 4.5,
  width: 832,
  height: 1216,
  seed: 42,
  batch_size: 2,
  n_iter: 3,
  denoising_strength: 0.4,
  scheduler: 'Karras',
  model: 'some.safetensors',
  vae: 'some.vae',
  clip_skip: 2,
  init_image: sha,
  mask_image: sha,
  mask_blur: 8,
  mask_invert: true,
  inpaint_whole: true,
  hires: { scale: 1.5, upscaler: 'Latent', steps: 10, denoising: 0.3 },
  controls: [{ image: sha, preprocessor: 'canny', model: 'canny-xl', weight: 0.7, start: 0.1, end: 0.9 }],
  upscale: { upscaler: 'ESRGAN', scale: 2 },
  workflow: 'mine',
  adapters: [{ name: 'other', weight: 0.5 }],
}

describe('parameters', () => {
  it('come out of the form as they went in, every one of them', () => {
    expect(toParams(withParams(emptyForm(), everything, true))).toEqual(everything)
  })

  it('leave out what nobody set', () => {
    expect(Object.keys(toParams(form())).toSorted()).toEqual(
      [
        'prompt',
        'negative_prompt',
        'steps',
        'sampler_name',
        'cfg_scale',
        'width',
        'height',
        'seed',
        'batch_size',
        'n_iter',
      ].toSorted(),
    )
  })

  it('draw a seed unless it is fixed', () => {
    expect(toParams(form({ seed: 7 })).seed).toBe(-1)
    expect(toParams(form({ seed: 7, isSeedFixed: true })).seed).toBe(7)
  })

  it('send no mask without a picture to paint on', () => {
    const params = toParams(form({ mask_image: sha }))
    expect(params).not.toHaveProperty('mask_image')
    expect(params).not.toHaveProperty('denoising_strength')
  })

  it('of a whole result replace all there was', () => {
    const before = form({ hires: newHires(), model: 'old', engine: 'forge', controls: [newControl()] })
    const plain = toParams(form({ prompt: 'plain' })) as GenerationParams
    const after = withParams(before, plain, true)
    expect(after).toMatchObject({ prompt: 'plain', hires: null, model: '', controls: [], engine: 'forge' })
  })

  it('that are only partly known leave the others alone', () => {
    const before = form({ hires: newHires(), model: 'old', isSeedFixed: true, seed: 3 })
    const after = withParams(before, { steps: 50 }, false)
    expect(after).toMatchObject({ steps: 50, model: 'old', seed: 3, isSeedFixed: true })
    expect(after.hires).not.toBeNull()
  })

  it('ignore names the form does not have', () => {
    expect(withParams(form(), { oddity: 1 } as Partial<GenerationParams>, false)).toEqual(form())
  })
})

describe('a delivery', () => {
  const deliver = emptyForm().deliver

  it.each([
    ['no delivery', { ...deliver }, undefined],
    ['a folder', { ...deliver, mode: 'file' as const }, { mode: 'file', params: {} }],
    [
      'a folder with a text',
      { ...deliver, mode: 'file' as const, template: '{prompt}' },
      { mode: 'file', params: { template: '{prompt}' } },
    ],
    [
      'a host',
      { ...deliver, mode: 'http' as const, host: ' hook ', path: '' },
      { mode: 'http', params: { host: 'hook', port: 80, path: '/' } },
    ],
    [
      'a host with its port',
      { ...deliver, mode: 'http' as const, host: '10.0.0.1:8080' },
      { mode: 'http', params: { host: '10.0.0.1', port: 8080, path: '/' } },
    ],
  ])('to %s', (_, choice, sent) => {
    expect(toBody(form({ deliver: choice })).deliver).toEqual(sent)
  })
})

describe('what the browser remembers', () => {
  it('comes back whole', () => {
    const before = withParams(emptyForm(), everything, true)
    expect(parseForm(JSON.stringify(before))).toEqual(before)
  })

  it.each([
    ['is not JSON', 'hello'],
    ['is no form', '[1]'],
    ['is nothing', 'null'],
  ])('is a new form when it %s', (_, text) => {
    expect(parseForm(text)).toEqual(emptyForm())
  })

  it('keeps its good parts when others cannot be used', () => {
    expect(parseForm('{"steps":"many","prompt":"kept","width":null}')).toEqual(form({ prompt: 'kept' }))
  })
})

describe('the check', () => {
  it('finds nothing wrong with a new form', () => {
    expect(check(form())).toEqual({})
  })

  it.each<[string, Partial<GenerateForm>, string]>([
    ['no steps', { steps: 0 }, 'steps'],
    ['half a step', { steps: 1.5 }, 'steps'],
    ['too many steps', { steps: 1001 }, 'steps'],
    ['an empty box', { steps: Number.NaN }, 'steps'],
    ['too strong a scale', { cfg_scale: 101 }, 'cfg_scale'],
    ['a tiny side', { width: 15 }, 'width'],
    ['a huge side', { height: 16_385 }, 'height'],
    ['more than 64 megapixels', { width: 9000, height: 9000 }, 'width'],
    ['more than that after the second pass', { width: 4096, height: 4096, hires: newHires() }, 'width'],
    ['too many at once', { batch_size: 65 }, 'batch_size'],
    ['too often', { n_iter: 101 }, 'n_iter'],
    ['a fixed seed below 0', { seed: -1, isSeedFixed: true }, 'seed'],
    ['a seed that no number holds', { seed: 2 ** 53, isSeedFixed: true }, 'seed'],
    ['a skip of 25', { clip_skip: 25 }, 'clip_skip'],
    ['a prompt of 64 KiB and more', { prompt: 'ü'.repeat(33_000) }, 'prompt'],
    ['too much denoising', { init_image: sha, denoising_strength: 1.1 }, 'denoising_strength'],
    ['a mask without a picture', { mask_image: sha }, 'mask_image'],
    ['a second pass that shrinks', { hires: { ...newHires(), scale: 0.5 } }, 'hires.scale'],
    ['an upscaler without a name', { upscale: { upscaler: ' ', scale: 2 } }, 'upscale.upscaler'],
    ['a unit without a picture', { controls: [newControl()] }, 'controls.0.image'],
    [
      'a unit that ends before it starts',
      { controls: [{ ...newControl(), image: sha, start: 0.8, end: 0.2 }] },
      'controls.0.end',
    ],
    ['a delivery to nowhere', { deliver: { ...emptyForm().deliver, mode: 'http' } }, 'deliver.host'],
  ])('finds %s', (_, change, field) => {
    expect(Object.keys(check(form(change)))).toEqual([field])
  })

  it.each<[string, Partial<GenerateForm>]>([
    ['a seed that is not used', { seed: -1 }],
    ['a mask blur without a mask', { mask_blur: 999, init_image: sha }],
    ['exactly 64 megapixels', { width: 8000, height: 8000 }],
  ])('lets %s pass', (_, change) => {
    expect(check(form(change))).toEqual({})
  })
})
