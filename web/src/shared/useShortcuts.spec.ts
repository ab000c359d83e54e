import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, watchEffect } from 'vue'
import { coverShortcuts, listShortcuts, type Shortcut, useShortcuts } from './useShortcuts'

const shortcut = (keys: string, run = vi.fn()): Shortcut & { run: typeof run } => ({
  keys,
  label: () => keys,
  group: () => 'Test',
  run,
})

function press(key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init })
  target.dispatchEvent(event)
  return event
}

describe('useShortcuts', () => {
  let scope: EffectScope
  const use = (...shortcuts: Shortcut[]) => {
    scope.run(() => {
      useShortcuts(shortcuts)
    })
  }

  beforeEach(() => {
    scope = effectScope()
    vi.useFakeTimers()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
    document.body.innerHTML = ''
  })

  it('runs on its key and keeps the key from the browser', () => {
    const search = shortcut('/')
    use(search)
    expect(press('/').defaultPrevented).toBe(true)
    expect(search.run).toHaveBeenCalledOnce()
  })

  it('leaves other keys alone', () => {
    use(shortcut('/'))
    expect(press('a').defaultPrevented).toBe(false)
    expect(press('a', { ctrlKey: true }).defaultPrevented).toBe(false)
  })

  it('runs a sequence', () => {
    const goToLibrary = shortcut('g l')
    use(goToLibrary, shortcut('g s'))
    press('g')
    press('l')
    expect(goToLibrary.run).toHaveBeenCalledOnce()
  })

  it('forgets a sequence that is not finished in time', () => {
    const goToLibrary = shortcut('g l')
    use(goToLibrary)
    press('g')
    vi.advanceTimersByTime(1_100)
    press('l')
    expect(goToLibrary.run).not.toHaveBeenCalled()
  })

  it('takes the last key of a broken sequence for itself', () => {
    const activate = shortcut('a')
    use(shortcut('g l'), activate)
    press('g')
    press('a')
    expect(activate.run).toHaveBeenCalledOnce()
  })

  it('never runs inside a text field', () => {
    const edit = shortcut('e')
    use(edit)
    document.body.innerHTML = '<input>'
    press('e', {}, document.querySelector('input')!)
    expect(edit.run).not.toHaveBeenCalled()
  })

  it('does not run behind a dialog and runs again when it is closed', () => {
    const remove = shortcut('delete')
    use(remove)
    const uncover = coverShortcuts()
    press('Delete')
    expect(remove.run).not.toHaveBeenCalled()
    uncover()
    press('Delete')
    expect(remove.run).toHaveBeenCalledOnce()
  })

  it('runs what a dialog itself offers', () => {
    const uncover = coverShortcuts()
    const next = shortcut('arrowright')
    use(next)
    press('ArrowRight')
    uncover()
    expect(next.run).toHaveBeenCalledOnce()
  })

  it('runs what a dialog offers that covers by an effect', async () => {
    const stop = watchEffect((onCleanup) => {
      onCleanup(coverShortcuts())
    })
    const next = shortcut('arrowright')
    use(next)
    await nextTick()
    press('ArrowRight')
    stop()
    expect(next.run).toHaveBeenCalledOnce()
  })

  it('prefers the page to the shell', () => {
    const shell = shortcut('/')
    const page = shortcut('/')
    use(shell)
    use(page)
    press('/')
    expect(page.run).toHaveBeenCalledOnce()
    expect(shell.run).not.toHaveBeenCalled()
  })

  it('is silent while its condition is false', () => {
    const search = { ...shortcut('/'), when: () => false }
    use(search)
    expect(press('/').defaultPrevented).toBe(false)
  })

  it('ends with the component that added it', () => {
    const search = shortcut('/')
    use(search)
    expect(listShortcuts()).toEqual([search])
    scope.stop()
    press('/')
    expect(search.run).not.toHaveBeenCalled()
    expect(listShortcuts()).toEqual([])
  })
})
