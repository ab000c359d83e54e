import { describe, expect, it } from 'vitest'
import type { Adapter } from '@/api/generated'
import {
  addAdapters,
  type Entry,
  entryOf,
  extrasOf,
  insertEntry,
  mostEntries,
  moveEntry,
  patchEntry,
  removeEntry,
  toComposed,
  toggleTrigger,
  triggerChoices,
  withKey,
} from './entries'

const entry = (key: string): Entry => ({ key, adapter_id: key, name: key, weight: 1, enabled: true })
const keys = (entries: readonly Entry[]) => entries.map(({ key }) => key).join('')
const abc = [entry('a'), entry('b'), entry('c')]
const adapter = (id: string, more: Partial<Adapter> = {}) =>
  ({ id, name: id, file_name: `${id}.safetensors`, weight: 0.8, triggers: [], ...more }) as Adapter

describe('moveEntry', () => {
  it.each([
    ['to the end', 0, 2, 'bca'],
    ['to the start', 2, 0, 'cab'],
    ['beyond the end', 0, Infinity, 'bca'],
    ['before the start', 2, -Infinity, 'cab'],
    ['onto itself', 1, 1, 'abc'],
    ['from nowhere', 7, 0, 'abc'],
  ])('moves %s', (_, from, to, order) => {
    expect(keys(moveEntry(abc, from, to))).toBe(order)
  })

  it('leaves the entries it was given alone', () => {
    moveEntry(abc, 0, 2)
    expect(keys(abc)).toBe('abc')
  })
})

describe('taking out and putting back', () => {
  it('puts an entry back where it was', () => {
    expect(keys(insertEntry(removeEntry(abc, 'b'), abc[1]!, 1))).toBe('abc')
  })

  it('puts it back once', () => {
    expect(keys(insertEntry(abc, abc[1]!, 1))).toBe('abc')
  })
})

it('changes the weight of one entry only', () => {
  expect(patchEntry(abc, 'b', { weight: 0.4 }).map(({ weight }) => weight)).toEqual([1, 0.4, 1])
})

describe('addAdapters', () => {
  it('adds each adapter once', () => {
    const entries = addAdapters([entry('a')], [adapter('a'), adapter('b'), adapter('b')])
    expect(entries.map(({ adapter_id: id }) => id)).toEqual(['a', 'b'])
  })

  it('stops at what the server takes', () => {
    const many = Array.from({ length: mostEntries + 5 }, (_, index) => adapter(String(index)))
    expect(addAdapters([], many)).toHaveLength(mostEntries)
  })

  it('starts with the weight of the adapter, the name programs know and the first trigger word', () => {
    const made = entryOf(adapter('ink-style', { name: 'Ink style', triggers: ['ink', 'wash'] }))
    expect(toComposed(made)).toEqual({
      adapter_id: 'ink-style',
      name: 'ink-style',
      weight: 0.8,
      enabled: true,
      triggers: ['ink'],
    })
  })
})

describe('toComposed', () => {
  it('leaves out what says nothing, and keeps a text encoder weight of zero', () => {
    const plain = withKey({ name: 'a', weight: 1, enabled: true, triggers: [], text_encoder: [], start: 0 })
    expect(toComposed(plain)).toEqual({ name: 'a', weight: 1, enabled: true })
    expect(toComposed({ ...plain, text_encoder: [0] })).toHaveProperty('text_encoder', [0])
  })

  it('keeps all that it does not know', () => {
    const odd = { name: 'a', weight: 1, enabled: true, blocks: { MID: 0.5 }, expert: 'high' }
    expect(toComposed(withKey(odd))).toEqual(odd)
  })
})

describe('trigger words', () => {
  it('go in at the end and come out', () => {
    expect(toggleTrigger(['ink'], 'wash')).toEqual(['ink', 'wash'])
    expect(toggleTrigger(['ink', 'wash'], 'ink')).toEqual(['wash'])
    expect(toggleTrigger(undefined, 'ink')).toEqual(['ink'])
  })

  it('are offered once, those in use first', () => {
    expect(
      triggerChoices(
        ['own'],
        [
          ['Ink', ' '],
          ['ink', 'wash', 'own'],
        ],
      ),
    ).toEqual(['own', 'Ink', 'wash'])
  })
})

it('names what else an entry says', () => {
  expect(
    extrasOf({ name: 'a', weight: 1, enabled: true, blocks: {}, sections: ['base'], rank_cap: 8 }),
  ).toEqual(['sections', 'rank_cap'])
})
