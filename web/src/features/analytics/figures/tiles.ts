import type { AnalyticsFigures, AnalyticsSummary } from '@/api/generated'
import { type Slots, valuesIn } from '../course/slots'

/** In which way a figure differs from the one before: told by their ratio, by time, or by percentage points. */
export type Kind = 'count' | 'time' | 'rate'

/** A figure that matters, beside the same one of the period before. */
export interface Tile {
  key: 'generations' | 'success' | 'run' | 'wait' | 'images' | 'kept'
  kind: Kind
  /** null where there are no data. */
  value: number | null
  before: number | null
  better: 'more' | 'less' | null
  /** Its course over the period; empty where it is not told. */
  course: (number | null)[]
}

/** How a figure compares with the one before. */
export interface Comparison {
  trend: 'up' | 'down' | 'same'
  tone: 'good' | 'bad' | 'neutral'
  /** By which share it grew or shrank, or by how many points; null when it was 0 before. */
  change: number | null
}

/** The figures at the top of the page. */
export function tilesOf({ kpis, chart_data: chart }: AnalyticsSummary, slots: Slots): Tile[] {
  const rate = (figures: AnalyticsFigures) => (figures.has_data ? figures.success_rate : null)
  const tile = (
    key: Tile['key'],
    kind: Kind,
    better: Tile['better'],
    read: (figures: AnalyticsFigures) => number | null,
    course: (number | null)[] = [],
  ): Tile => ({
    key,
    kind,
    better,
    value: read(kpis),
    before: kpis.previous && read(kpis.previous),
    course,
  })
  const volume = valuesIn(slots, chart.generation_volume)
  const performance = valuesIn(slots, chart.performance)
  return [
    tile(
      'generations',
      'count',
      null,
      (of) => of.total_generations,
      volume(({ count }) => count, 0),
    ),
    tile(
      'success',
      'rate',
      'more',
      rate,
      performance((of) => of.success_rate),
    ),
    tile(
      'run',
      'time',
      'less',
      (of) => of.run_p50_seconds,
      performance((of) => of.avg_time),
    ),
    tile(
      'wait',
      'time',
      'less',
      (of) => of.wait_p50_seconds,
      performance((of) => of.avg_wait),
    ),
    tile(
      'images',
      'count',
      null,
      (of) => of.images,
      volume(({ images }) => images, 0),
    ),
    tile(
      'kept',
      'count',
      'more',
      (of) => of.kept,
      volume(({ kept }) => kept, 0),
    ),
  ]
}

/** Compares a figure with the one before; null when one of them is missing. */
export function compare({ kind, value, before, better }: Tile): Comparison | null {
  if (value === null || before === null) return null
  const change = kind === 'rate' ? value - before : before === 0 ? null : (value - before) / before
  // Less than what is shown of it is no difference.
  const isSame = value === before || (change !== null && Math.abs(change) < (kind === 'rate' ? 0.05 : 0.005))
  if (isSame) return { trend: 'same', tone: 'neutral', change: 0 }
  const trend = value > before ? 'up' : 'down'
  const tone = better === null ? 'neutral' : (trend === 'up') === (better === 'more') ? 'good' : 'bad'
  return { trend, tone, change: change === null ? null : Math.abs(change) }
}
