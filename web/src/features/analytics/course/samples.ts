import type { AnalyticsResource, AnalyticsStoragePoint } from '@/api/generated'
import type { ChartSeries } from '@/ui/chart/series'

/** What one computer used, as lines of a chart. */
export interface HostUse {
  host: string
  times: number[]
  cpu: (number | null)[]
  memory: (number | null)[]
  gpu: (number | null)[]
}

/** How many times the usual distance between samples may be exceeded before it is a gap. */
const patience = 3

/** Puts a sample of nothing where none was taken for long: a line must not lead over what nobody measured. */
function withGaps(samples: readonly AnalyticsResource[]): AnalyticsResource[] {
  const times = samples.map(({ timestamp }) => Date.parse(timestamp))
  const distances = times.slice(1).map((time, index) => time - (times[index] ?? time))
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0
  return samples.flatMap((sample, index) => {
    if ((distances[index] ?? 0) <= usual * patience) return [sample]
    const timestamp = new Date((times[index] ?? 0) + usual).toISOString()
    return [sample, { ...sample, timestamp, cpu_percent: null, memory_percent: null, gpu_percent: null }]
  })
}

/** Sorts samples by the computer they were taken of, in the order of their names. */
export function hostsOf(samples: readonly AnalyticsResource[]): HostUse[] {
  const hosts = Map.groupBy(samples, ({ host }) => host)
  return [...hosts.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([host, all]) => ({ host, of: withGaps(all) }))
    .map(({ host, of }) => ({
      host,
      times: of.map(({ timestamp }) => Date.parse(timestamp)),
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
