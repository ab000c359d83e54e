import { expect, it } from 'vitest'
import type { Rebuilt, Result } from '@/api/generated'
import { rebuiltFrom } from './result'

const parsed: Rebuilt = {
  dialect: 'a1111',
  producer: '',
  raw: 'a fox <lora:ink:0.8>',
  text: 'a fox',
  negative: '',
  entries: [],
  lost: [{ name: 'ink', weight: 0.8, reason: 'Not in the library.' }],
  params: null,
}

it('takes adapters and parameters from the job rather than from its text', () => {
  const result = {
    prompt: 'a fox <lora:ink:0.8>',
    negative_prompt: 'blurry',
    seed: 42,
    adapters: [
      { adapter_id: 'a', name: 'ink', weight: 0.8, found: true },
      { name: 'gone', weight: 0.5, found: false },
    ],
    params: { steps: 20, seed: -1, denoising_strength: null },
  } as unknown as Result
  expect(rebuiltFrom(result, parsed)).toMatchObject({
    text: 'a fox',
    negative: 'blurry',
    entries: [{ adapter_id: 'a', name: 'ink', weight: 0.8, enabled: true }],
    lost: [{ name: 'gone', weight: 0.5 }],
    params: { steps: 20, seed: 42, denoising_strength: undefined },
  })
})
