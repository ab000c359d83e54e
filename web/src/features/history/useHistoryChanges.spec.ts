import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import type { LiveHandlers } from '@/live/socket'
import { useHistory } from './useHistory'
import { useHistoryChanges } from './useHistoryChanges'

let live: LiveHandlers = {}
vi.mock('@/live/useLive', () => ({
  useLive: (handlers: LiveHandlers) => {
    live = handlers
  },
}))

const scope = effectScope()
const { results } = useHistory()
const spyOnResults = () => ({
  refresh: vi.spyOn(results, 'refresh').mockResolvedValue(),
  lookForNew: vi.spyOn(results, 'lookForNew').mockResolvedValue(),
})
let { refresh, lookForNew } = spyOnResults()
const changed = vi.fn()

beforeEach(() => {
  vi.useFakeTimers()
  ;({ refresh, lookForNew } = spyOnResults())
  changed.mockClear()
  scope.run(() => {
    useHistoryChanges(changed)
  })
})
afterEach(async () => {
  await vi.runAllTimersAsync()
  vi.useRealTimers()
})

it('looks for new results when a job ends, without reading the others again', async () => {
  live.results_changed?.({ ids: ['a'], reason: 'added' })
  await vi.runAllTimersAsync()
  expect(lookForNew).toHaveBeenCalled()
  expect(refresh).not.toHaveBeenCalled()
  expect(changed).toHaveBeenCalled()
})

it('reads changed results again, and knows which', async () => {
  live.results_changed?.({ ids: ['a'], reason: 'rate' })
  live.results_changed?.({ ids: ['b'], reason: 'delete' })
  await vi.runAllTimersAsync()
  expect(refresh.mock.calls.flat(2)).toEqual(['a', 'b'])
  expect(lookForNew).not.toHaveBeenCalled()
})

it('reads everything again when too many changed to name them', async () => {
  live.results_changed?.({ ids: null, reason: 'purge' })
  await vi.runAllTimersAsync()
  expect(refresh).toHaveBeenCalledWith(null)
})

it('reads a few times while many jobs end, not for each of them', async () => {
  for (let at = 0; at < 100; at++) live.results_changed?.({ ids: [`r${at}`], reason: 'added' })
  await vi.runAllTimersAsync()
  expect(lookForNew.mock.calls.length).toBeLessThanOrEqual(2)
})

it('catches up after an interruption', async () => {
  live.resync?.()
  await vi.runAllTimersAsync()
  expect(refresh).toHaveBeenCalledWith(null)
  expect(lookForNew).toHaveBeenCalled()
})
