import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick } from 'vue'
import { useGentleRefresh } from './useGentleRefresh'

let visibility: DocumentVisibilityState = 'visible'
let scope: EffectScope
const read = vi.fn()

async function show(next: DocumentVisibilityState) {
  visibility = next
  document.dispatchEvent(new Event('visibilitychange'))
  await nextTick()
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  read.mockReset()
  scope = effectScope()
  scope.run(() => {
    useGentleRefresh(read, 1_000)
  })
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

it('reads at every interval', () => {
  vi.advanceTimersByTime(3_000)
  expect(read).toHaveBeenCalledTimes(3)
})

it('rests while the tab is hidden and reads at once when it is back', async () => {
  await show('hidden')
  vi.advanceTimersByTime(10_000)
  expect(read).not.toHaveBeenCalled()
  await show('visible')
  expect(read).toHaveBeenCalledOnce()
  vi.advanceTimersByTime(1_000)
  expect(read).toHaveBeenCalledTimes(2)
})

it('stops with its scope', () => {
  scope.stop()
  vi.advanceTimersByTime(5_000)
  expect(read).not.toHaveBeenCalled()
})
