import { describe, expect, it } from 'vitest'
import type { Composition, Rebuilt } from '@/api/generated'
import {
  afterSaving,
  contentOf,
  emptyBench,
  fingerprint,
  isDirty,
  isEmpty,
  opened,
  rebuiltBench,
} from './bench'
import { patchEntry } from './entries'
import { parseBench } from './storage'

const composition: Composition = {
  id: 'c',
  name: 'First light',
  version: 3,
  prefix: 'a cat',
  suffix: '',
  negative: 'blurry',
  entries: [{ adapter_id: 'a', name: 'ink', weight: 0.8, enabled: true, triggers: ['ink'] }],
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
}

const rebuilt: Rebuilt = {
  producer: 'a1111',
  dialect: 'a1111',
  text: 'a dog',
  negative: 'bad',
  entries: [{ adapter_id: 'a', name: 'ink', weight: 0.5, enabled: true }],
  lost: [{ name: 'ghost', weight: 1.2, digest: 'abcd', reason: 'No adapter is called ghost.' }],
  params: { steps: 20 },
  raw: '',
}

describe('isDirty', () => {
  it('is false for nothing and true for anything that was never kept', () => {
    expect(isDirty(emptyBench())).toBe(false)
    expect(isDirty({ ...emptyBench(), prefix: 'a' })).toBe(true)
  })

  it('is false for what was just opened, whatever the order of its fields', () => {
    const bench = opened(composition)
    expect(isDirty(bench)).toBe(false)
    const [entry] = bench.entries
    const turned = Object.fromEntries(Object.entries(entry!).reverse()) as typeof entry
    expect(isDirty({ ...bench, entries: [turned!] })).toBe(false)
  })

  it.each([
    ['a weight', { weight: 0.9 }],
    ['a switch', { enabled: false }],
    ['a trigger word', { triggers: [] }],
    ['a text encoder weight', { text_encoder: [0] }],
  ])('follows %s there and back', (_, change) => {
    const bench = opened(composition)
    const { key } = bench.entries[0]!
    const changed = { ...bench, entries: patchEntry(bench.entries, key, change) }
    expect(isDirty(changed)).toBe(true)
    const back = {
      ...changed,
      entries: patchEntry(changed.entries, key, { ...composition.entries[0], text_encoder: undefined }),
    }
    expect(isDirty(back)).toBe(false)
  })

  it('follows the order of the entries', () => {
    const two = opened({
      ...composition,
      entries: [...composition.entries, { name: 'b', weight: 1, enabled: true }],
    })
    expect(isDirty({ ...two, entries: [...two.entries].reverse() })).toBe(true)
  })

  it('is true for a kept composition that was emptied', () => {
    expect(isDirty({ ...opened(composition), prefix: '', negative: '', entries: [] })).toBe(true)
  })

  it('stays true for what was typed while saving', () => {
    const bench = opened(composition)
    const sent = contentOf(bench)
    const typed = { ...bench, prefix: 'a cat and a dog' }
    const saved = afterSaving(typed, { ...composition, version: 4 }, sent)
    expect(saved.version).toBe(4)
    expect(isDirty(saved)).toBe(true)
    expect(isDirty({ ...saved, prefix: 'a cat' })).toBe(false)
  })
})

describe('rebuiltBench', () => {
  it('takes over words, adapters and parameters, and belongs to no kept composition', () => {
    const bench = rebuiltBench(rebuilt, false)
    expect(bench).toMatchObject({
      id: null,
      prefix: 'a dog',
      suffix: '',
      negative: 'bad',
      params: { steps: 20 },
    })
    expect(bench.entries.map(({ name }) => name)).toEqual(['ink'])
    expect(isDirty(bench)).toBe(true)
  })

  it('brings those that were not found along, switched off and with what is known of them', () => {
    const [, lost] = rebuiltBench(rebuilt, true).entries
    expect(lost).toMatchObject({ name: 'ghost', weight: 1.2, digest: 'abcd', enabled: false })
    expect(lost).not.toHaveProperty('adapter_id')
  })
})

describe('parseBench', () => {
  it('finds after a reload what was there before', () => {
    const bench = opened(composition)
    const read = parseBench(JSON.stringify(bench))
    expect(fingerprint(contentOf(read))).toBe(bench.kept)
    expect(isDirty(read)).toBe(false)
  })

  it('gives every entry a key of its own', () => {
    const twice = {
      ...opened(composition),
      entries: [...opened(composition).entries, ...opened(composition).entries],
    }
    const [first, second] = parseBench(JSON.stringify(twice)).entries
    expect(first!.key).not.toBe(second!.key)
  })

  it.each(['', 'null', '7', '{"entries":[{"name":3}]}'])('reads %s as an empty bench', (stored) => {
    expect(isEmpty(parseBench(stored))).toBe(true)
  })
})
