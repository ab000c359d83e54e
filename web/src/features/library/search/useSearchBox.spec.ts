import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, ref } from 'vue'
import type { Suggestion } from '@/api/generated'
import { pauseBeforeSearch, useSearchBox } from './useSearchBox'

const field = (text: string): Suggestion => ({ text, label: text, kind: 'field', count: null })
const value = (text: string): Suggestion => ({ text, label: text, kind: 'value', count: 3 })

describe('useSearchBox', () => {
  let scope: EffectScope
  beforeEach(() => {
    vi.useFakeTimers()
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  function open(suggestions: Suggestion[] = [], from = 0, to = 0) {
    const q = ref('')
    const search = vi.fn((text: string) => {
      q.value = text
    })
    const suggest = vi.fn(() => Promise.resolve({ from, to, suggestions }))
    const box = scope.run(() => useSearchBox({ q, search, suggest }))!
    return { q, search, suggest, box }
  }

  it('searches once after a pause in the typing', async () => {
    const { box, search } = open()
    for (const text of ['c', 'ca', 'cat']) box.type(text, text.length)
    await vi.advanceTimersByTimeAsync(pauseBeforeSearch)
    expect(search.mock.calls).toEqual([['cat']])
  })

  it('searches at once on Enter and not again after the pause', async () => {
    const { box, search } = open()
    box.type('cat', 3)
    box.submit()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(search.mock.calls).toEqual([['cat']])
  })

  it('completes a field and waits for its value', async () => {
    const { box } = open([field('base:')], 4, 6)
    box.type('cat ba', 6)
    await vi.advanceTimersByTimeAsync(pauseBeforeSearch)
    box.step(1)
    expect(box.accept()).toBe(9)
    expect(box.typed.value).toBe('cat base:')
  })

  it('completes a value, searches for it and leaves a blank for the next word', async () => {
    const { box, search } = open([value('base:sdxl')], 0, 6)
    box.type('base:s', 6)
    await vi.advanceTimersByTimeAsync(pauseBeforeSearch)
    expect(box.accept(0)).toBe(10)
    expect(box.typed.value).toBe('base:sdxl ')
    expect(search).toHaveBeenLastCalledWith('base:sdxl')
  })

  it('steps through the suggestions and past either end back to the text', async () => {
    const { box } = open([value('a'), value('b')])
    box.open(0)
    await vi.advanceTimersByTimeAsync(0)
    const places = [1, 1, 1, -1] as const
    expect(places.map((by) => (box.step(by), box.active.value))).toEqual([0, 1, -1, 1])
  })

  it('follows the address when it changes elsewhere', async () => {
    const { box, q } = open()
    q.value = 'is:active'
    await nextTick()
    expect(box.typed.value).toBe('is:active')
  })

  it('keeps a blank that is being typed when the search answers', async () => {
    const { box } = open()
    box.type('long ', 5)
    await vi.advanceTimersByTimeAsync(pauseBeforeSearch)
    box.type('long h', 6)
    await nextTick()
    expect(box.typed.value).toBe('long h')
  })
})
