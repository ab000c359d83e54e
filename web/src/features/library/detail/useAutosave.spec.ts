import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, ref } from 'vue'
import { pauseBeforeSave, useAutosave } from './useAutosave'

describe('useAutosave', () => {
  let scope: EffectScope
  beforeEach(() => {
    vi.useFakeTimers()
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  function open(ok = true) {
    const saved = ref('old')
    const save = vi.fn((text: string) => {
      if (ok) saved.value = text
      return Promise.resolve(ok)
    })
    return { saved, save, ...scope.run(() => useAutosave(saved, save))! }
  }

  it('saves once after a pause in the typing', async () => {
    const { text, save, state } = open()
    for (const typed of ['n', 'ne', 'new']) {
      text.value = typed
      await nextTick()
    }
    expect(state.value).toBe('waiting')
    await vi.advanceTimersByTimeAsync(pauseBeforeSave)
    expect(save.mock.calls).toEqual([['new']])
    expect(state.value).toBe('saved')
  })

  it('keeps the text when the server refuses it, and tries again on demand', async () => {
    const { text, save, state, flush } = open(false)
    text.value = 'new'
    await nextTick()
    await vi.advanceTimersByTimeAsync(pauseBeforeSave)
    expect(state.value).toBe('failed')
    expect(text.value).toBe('new')
    await flush()
    expect(save).toHaveBeenCalledTimes(2)
  })

  it('does not lose the last words when the page closes', async () => {
    const { text, save } = open()
    text.value = 'new'
    await nextTick()
    scope.stop()
    expect(save).toHaveBeenCalledWith('new')
  })

  it('takes over what changed elsewhere, but never under the hands of the user', async () => {
    const { text, saved } = open()
    saved.value = 'from elsewhere'
    await nextTick()
    expect(text.value).toBe('from elsewhere')
    text.value = 'mine'
    await nextTick()
    saved.value = 'again'
    await nextTick()
    expect(text.value).toBe('mine')
  })
})
