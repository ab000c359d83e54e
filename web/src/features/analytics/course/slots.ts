import type { AnalyticsChart } from '@/api/generated'
import { type ChartUnit, slotsWithin } from '@/ui/chart/time'

/** The hours or days of a chart, all of them, and the span they lie in; times in milliseconds. */
export interface Slots {
  unit: ChartUnit
  start: number
  end: number
  times: number[]
}

/**
 * The hours or days of a period. The server leaves out those in which nothing was,
 * a chart must not; what the server counts is never left out, even where the two
 * disagree about when an hour or day begins.
 */
export function slotsOf(chart: AnalyticsChart): Slots {
  const { unit, generation_volume: volume, performance } = chart
  const start = Date.parse(chart.start)
  const end = Date.parse(chart.end)
  const told = [...volume, ...performance].map(({ timestamp }) => Date.parse(timestamp))
  const times = [...new Set([...slotsWithin(start, end, unit), ...told])].sort((a, b) => a - b)
  return { unit, start, end, times }
}

/** Reads one value for each slot from a list that has only some of them; the others get `missing`. */
export function valuesIn<Item extends { timestamp: string }>({ times }: Slots, items: readonly Item[]) {
  const byTime = new Map(items.map((item) => [Date.parse(item.timestamp), item]))
  return (read: (item: Item) => number | null, missing: number | null = null): (number | null)[] =>
    times.map((time) => {
      const item = byTime.get(time)
      return item ? read(item) : missing
    })
}
