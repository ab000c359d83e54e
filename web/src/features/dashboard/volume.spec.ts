import { expect, it } from 'vitest'
import { volumeOf } from './volume'

const slot = (timestamp: string, count: number, failed = 0) => ({
  timestamp,
  count,
  failed,
  succeeded: count - failed,
  cancelled: 0,
  images: 0,
  kept: 0,
})
/** A moment of the reader's clock, as the server writes it. */
const at = (day: number, hour = 0) => new Date(2026, 0, day, hour).toISOString()

it('counts the days without a generation as none', () => {
  const chart = {
    start: at(1),
    end: at(4),
    generation_volume: [slot(at(1), 5, 2), slot(at(3), 1)],
  }
  expect(volumeOf(chart)).toEqual({ total: 6, failed: 2, days: [5, 0, 1], from: '2026-01-01' })
})

it('has days but no generations where nothing was made', () => {
  const volume = volumeOf({ start: at(1, 12), end: at(3, 12), generation_volume: [] })
  expect(volume).toEqual({ total: 0, failed: 0, days: [0, 0, 0], from: '2026-01-01' })
})
