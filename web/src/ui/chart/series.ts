/** The colours of charts, by the names they have in theme.css. */
export type ChartColor = 'accent' | 'danger' | 'warning' | 'success' | 'edge' | 'muted'

/** One thing a chart shows over time. */
export interface ChartSeries {
  name: string
  color: ChartColor
  /** One for each time, null where nothing was measured. */
  values: readonly (number | null)[]
  /** A broken line, to be told from another without its colour. */
  isDashed?: boolean
}

/** What a scale counts; its steps are the round numbers of that. */
export type ChartMeasure = 'count' | 'seconds' | 'percent' | 'bytes'

const decimals = Array.from({ length: 14 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat()

/** The distances between two lines of a scale that read well, ascending. */
export const steps: Record<ChartMeasure, readonly number[]> = {
  count: decimals,
  percent: [5, 10, 20, 25, 50],
  seconds: [
    ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
    ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
    ...decimals.map((hours) => hours * 3600),
  ],
  bytes: [0, 1, 2, 3, 4, 5].flatMap((power) =>
    [1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * 1024 ** power),
  ),
}

/** The places of values that have none on either side. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values).flatMap((value, index) =>
    value != null && values[index - 1] == null && values[index + 1] == null ? [index] : [],
  )
}

/** Piles series up: each one stands on those before it, and what was not measured adds nothing. */
export function stacked(series: readonly ChartSeries[]): number[][] {
  const piles: number[][] = []
  for (const { values } of series) {
    const below = piles.at(-1)
    piles.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)))
  }
  return piles
}
