import type { AnalyticsResource, AnalyticsStoragePoint } from '@/api/generated'
import { withGaps } from '@/ui/chart/gaps'
import type { ChartSeries } from '@/ui/chart/series'

/** What one computer used, as lines of a chart. */
export interface HostUse {
  host: string
  times: number[]
  cpu: (number | null)[]
  memory: (number | null)[]
  gpu: (number | null)[]
}

const timeOf = ({ timestamp }: AnalyticsResource) => Date.parse(timestamp)
const nothing = (before: AnalyticsResource, time: number): AnalyticsResource => ({
  ...before,
  timestamp: new Date(time).toISOString(),
  cpu_percent: null,
  memory_percent: null,
  gpu_percent: null,
})

/** Sorts samples by the computer they were taken of, in the order of their names. */
export function hostsOf(samples: readonly AnalyticsResource[]): HostUse[] {
  const hosts = Map.groupBy(samples, ({ host }) => host)
  return [...hosts.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([host, all]) => ({ host, of: withGaps(all, timeOf, nothing) }))
    .map(({ host, of }) => ({
      host,
      times: of.map(timeOf),
      cpu: of.map((sample) => sample.cpu_percent),
      memory: of.map((sample) => sample.memory_percent),
      gpu: of.map((sample) => sample.gpu_percent),
    }))
}

/** The lines that have at least one value: what a computer does not have is not shown as empty. */
export function measured(series: readonly ChartSeries[]): ChartSeries[] {
  return series.filter(({ values }) => values.some((value) => value !== null))
}

/** By how much what is kept grew over the samples; null where there are not two of them. */
export function growth(
  points: readonly AnalyticsStoragePoint[],
  read: (point: AnalyticsStoragePoint) => number | null,
): number | null {
  const known = points.map(read).filter((value) => value !== null)
  const [first] = known
  const last = known.at(-1)
  return known.length > 1 && first !== undefined && last !== undefined ? last - first : null
}
