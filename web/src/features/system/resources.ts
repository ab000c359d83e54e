import type { GpuUsage, ResourceSample } from '@/api/generated'
import { withGaps } from '@/ui/chart/gaps'

/** How much of something is in use now. */
export interface Use {
  key: 'cpu' | 'memory' | 'disk' | 'gpu' | 'gpu_memory'
  /** Which graphics card, where it is about one. */
  name: string
  /** From 0 to 1; null for what could not be measured. */
  share: number | null
  /** In bytes, where it is counted in bytes. */
  used: number | null
  total: number | null
}

/** What the computer uses, as measured; a graphics card only where there is one. */
export function usesOf(sample: ResourceSample): Use[] {
  const uses: Use[] = [
    percentage('cpu', sample.cpu_percent),
    amount('memory', sample.memory_used, sample.memory_total),
    amount('disk', sample.disk_used, sample.disk_total),
  ]
  for (const gpu of sample.gpus) {
    const name = nameOf(gpu, sample.gpus)
    uses.push(percentage('gpu', gpu.utilization, name))
    uses.push(amount('gpu_memory', gpu.memory_used, gpu.memory_total, name))
  }
  return uses
}

/** Cards of the same make are told apart by the number their driver gives them. */
export function nameOf({ id, name }: GpuUsage, all: readonly GpuUsage[]): string {
  return all.some((other) => other.id !== id && other.name === name) ? `${name} (${String(id)})` : name
}

function percentage(key: Use['key'], percent: number | null, name = ''): Use {
  return { key, name, share: percent === null ? null : clamp(percent / 100), used: null, total: null }
}

function amount(key: Use['key'], used: number | null, total: number | null, name = ''): Use {
  const share = used === null || total === null || total <= 0 ? null : clamp(used / total)
  return { key, name, share, used, total }
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share))
}

/** One line of the history in percent; null where nothing was measured. */
export interface Line {
  key: Use['key']
  name: string
  values: (number | null)[]
}

const hour = 3_600_000

/** The spans of time the history can be looked at in, and the marks of their charts. */
export const ranges = {
  '1h': { length: hour, unit: 'hour' },
  '24h': { length: 24 * hour, unit: 'hour' },
  '7d': { length: 7 * 24 * hour, unit: 'day' },
  '30d': { length: 30 * 24 * hour, unit: 'day' },
} as const
export type Range = keyof typeof ranges

export interface History {
  /** Moments in milliseconds, ascending. */
  at: number[]
  lines: Line[]
}

/** The order of the lines, whichever was measured first. */
const order: readonly Use['key'][] = ['cpu', 'memory', 'disk', 'gpu', 'gpu_memory']

const timeOf = ({ at }: ResourceSample) => Date.parse(at)
const nothing = (before: ResourceSample, time: number): ResourceSample => ({
  ...before,
  at: new Date(time).toISOString(),
  cpu_percent: null,
  memory_used: null,
  disk_used: null,
  gpus: [],
})

/** The history of one computer, with a line for everything that was ever measured. */
export function historyOf(samples: readonly ResourceSample[], host: string): History {
  const measured = samples.filter((sample) => sample.host === host)
  const own = withGaps(measured, timeOf, nothing)
  const lines = new Map<string, Line>()
  own.forEach((sample, index) => {
    for (const { key, name, share } of usesOf(sample)) {
      if (share === null) continue
      const id = `${key} ${name}`
      const line = lines.get(id) ?? { key, name, values: own.map(() => null) }
      line.values[index] = share * 100
      lines.set(id, line)
    }
  })
  const sorted = [...lines.values()].sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))
  return { at: own.map(timeOf), lines: sorted }
}

/** The computers that samples came from. */
export function hostsOf(samples: readonly ResourceSample[]): string[] {
  return [...new Set(samples.map(({ host }) => host))].sort()
}
