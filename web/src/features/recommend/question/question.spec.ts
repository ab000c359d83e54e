import { describe, expect, it } from 'vitest'
import {
  filterCount,
  highestLevel,
  isAsked,
  keyOf,
  type Question,
  readQuestion,
  writeQuestion,
} from './question'

const plain: Question = {
  way: 'active',
  adapter: '',
  prompt: '',
  composition: '',
  base: '',
  favorites: false,
  nsfwFrom: null,
  limit: 10,
}

describe('the address of a question', () => {
  it('is empty for what is active, without filters', () => {
    expect(writeQuestion(plain)).toEqual({})
    expect(readQuestion({})).toEqual(plain)
  })

  it.each<Partial<Question>>([
    { way: 'adapter', adapter: 'a-1', base: 'sdxl', limit: 50 },
    { way: 'prompt', prompt: 'ink & wash <lora:x:1>', favorites: true },
    { composition: 'c-1', nsfwFrom: 0 },
    { way: 'prompt', prompt: 'word '.repeat(2_000).trim(), nsfwFrom: 4 },
  ])('brings back %j', (change) => {
    const question = { ...plain, ...change }
    const query = writeQuestion(question)
    expect(readQuestion(query as Record<string, string>)).toEqual(question)
    expect(new URLSearchParams(query as Record<string, string>).toString().length).toBeLessThan(4_000)
  })

  it('falls back where it says something odd', () => {
    const query = {
      way: 'sideways',
      limit: '7000',
      nsfw: '3',
      favorites: 'yes',
      kept: 'unknown',
      base: ['a', 'b'],
    }
    expect(readQuestion(query)).toEqual({ ...plain, base: 'a' })
  })
})

describe('a question', () => {
  it.each<[Partial<Question>, boolean]>([
    [{}, true],
    [{ way: 'adapter' }, false],
    [{ way: 'adapter', adapter: 'a' }, true],
    [{ way: 'prompt', prompt: '  ' }, false],
    [{ way: 'prompt', prompt: 'ink' }, true],
  ])('%j is complete: %s', (change, isComplete) => {
    expect(isAsked({ ...plain, ...change })).toBe(isComplete)
  })

  it('stays the same when only what another way is about changes', () => {
    const asked = { ...plain, way: 'adapter' as const, adapter: 'a' }
    expect(keyOf({ ...asked, prompt: 'ink', composition: 'c' })).toBe(keyOf(asked))
    expect(keyOf({ ...asked, base: 'sdxl' })).not.toBe(keyOf(asked))
  })

  it('counts its filters, "show everything" among them', () => {
    expect(filterCount(plain)).toBe(0)
    expect(filterCount({ ...plain, base: 'sdxl', nsfwFrom: 0 })).toBe(2)
  })
})

describe('the highest NSFW level', () => {
  it('follows the settings unless the question says otherwise', () => {
    expect(highestLevel(null, 0)).toBeUndefined()
    expect(highestLevel(null, 4)).toBe(3)
    expect(highestLevel(0, 4)).toBeUndefined()
    expect(highestLevel(2, 4)).toBe(1)
  })
})
