import type { AnalyticsChart } from '@/api/generated'
import { slotStart, slotsWithin } from '@/ui/chart/time'

export interface Volume {
  total: number
  failed: number
  /** Generations of each day, ascending; days without any are 0. */
  days: number[]
  /** The first day, "2026-01-31". */
  from: string
}

/** What was made day by day, on the reader's clock. */
export function volumeOf(chart: Pick<AnalyticsChart, 'generation_volume' | 'start' | 'end'>): Volume {
  const counts = new Map<number, number>()
  let total = 0
  let failed = 0
  for (const slot of chart.generation_volume) {
    const day = slotStart(Date.parse(slot.timestamp), 'day')
    counts.set(day, (counts.get(day) ?? 0) + slot.count)
    total += slot.count
    failed += slot.failed
  }
  const starts = slotsWithin(Date.parse(chart.start), Date.parse(chart.end), 'day')
  return { total, failed, days: starts.map((day) => counts.get(day) ?? 0), from: dateOf(starts[0]) }
}

function dateOf(start = 0): string {
  const date = new Date(start)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
