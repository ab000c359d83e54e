import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useHurry } from './useHurry'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function scrollTo(top: number) {
  vi.spyOn(window, 'scrollY', 'get').mockReturnValue(top)
  window.dispatchEvent(new Event('scroll'))
}

it('is in a hurry while screens fly past, and at rest a moment after', () => {
  const isHurrying = useHurry()
  vi.advanceTimersByTime(1_000)
  scrollTo(100)
  expect(isHurrying.value).toBe(false)
  vi.advanceTimersByTime(16)
  scrollTo(1_000)
  expect(isHurrying.value).toBe(true)
  vi.advanceTimersByTime(200)
  expect(isHurrying.value).toBe(false)
})
