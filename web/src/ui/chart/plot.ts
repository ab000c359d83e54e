import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { type ChartSeries, isolated } from './series'

/** All that decides how a plot looks; when it changes the plot is made anew. */
export interface PlotLook {
  kind: 'bars' | 'lines'
  series: readonly Omit<ChartSeries, 'values'>[]
  /** The distances its scale may have, ascending. */
  steps: readonly number[]
  /** The end of the scale where it does not follow the values. */
  top?: number
  colorOf: (name: string) => string
  /** Writes a value of the scale. */
  format: (value: number) => string
}

/** What a plot shows; new data are drawn into the plot that is there. */
export interface PlotData {
  from: number
  to: number
  /** Where each value lies between these. */
  at: readonly number[]
  values: readonly (readonly (number | null)[])[]
  /** Which places get a mark, when there is room for so many. */
  marks: (most: number) => readonly { at: number; label: string }[]
}

/** Where the reader points, in pixels from the left of the plot; null when nowhere. */
export type Pointed = { index: number; left: number } | null

export interface Plot {
  setData: (data: PlotData) => void
  setSize: (width: number, height: number) => void
  /** Puts the cursor at a value, or away. */
  point: (index: number | null) => void
  /** Where a value lies, in pixels from the left. */
  leftOf: (index: number) => number
  destroy: () => void
}

const font = '11px "Inter Variable", ui-sans-serif, system-ui, sans-serif'
const roomOfMark = 56

/** Draws a plot into an element, and says where the reader points in it. */
export function drawPlot(
  target: HTMLElement,
  look: PlotLook,
  first: PlotData,
  onPoint: (pointed: Pointed) => void,
): Plot {
  let data = first
  const { colorOf } = look
  const grid = { stroke: colorOf('line'), width: 1 }
  const axis = { stroke: colorOf('muted'), font, ticks: { show: false }, gap: 6 }
  const marks = (width: number) => data.marks(Math.max(2, Math.floor(width / roomOfMark)))

  const plot = new uPlot(
    {
      width: target.clientWidth,
      height: target.clientHeight,
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: look.kind === 'lines' } },
      scales: {
        x: { time: false, range: () => [data.from, data.to] },
        y: { range: (_, __, max) => [0, look.top ?? (max > 0 ? max * 1.05 : 1)] },
      },
      axes: [
        {
          ...axis,
          size: 26,
          grid: { show: false },
          splits: (self) => marks(self.width).map(({ at }) => at),
          values: (self) => marks(self.width).map(({ label }) => label),
        },
        {
          ...axis,
          grid,
          space: 36,
          incrs: [...look.steps],
          size: (_, texts: string[] | null) => roomFor(texts ?? []),
          values: (_, values) => values.map(look.format),
        },
      ],
      series: [{}, ...look.series.map((series) => seriesOf(series, look))],
      hooks: {
        setCursor: [
          (self) => {
            const { idx } = self.cursor
            onPoint(idx == null ? null : { index: idx, left: leftOf(self, idx) })
          },
        ],
      },
    },
    aligned(first),
    target,
  )

  return {
    setData(next) {
      data = next
      plot.setData(aligned(next))
    },
    setSize(width, height) {
      plot.setSize({ width, height })
    },
    point(index) {
      const left = index === null ? -10 : plot.valToPos(plot.data[0][index] ?? 0, 'x')
      plot.setCursor({ left, top: index === null ? -10 : 0 }, false)
    },
    leftOf: (index) => leftOf(plot, index),
    destroy() {
      plot.destroy()
    },
  }
}

function seriesOf({ color, isDashed }: PlotLook['series'][number], look: PlotLook): uPlot.Series {
  const stroke = look.colorOf(color)
  if (look.kind === 'bars') {
    return { fill: stroke, width: 0, points: { show: false }, paths: uPlot.paths.bars?.({ size: [0.8, 48] }) }
  }
  return {
    stroke,
    width: 1.75,
    dash: isDashed ? [6, 4] : undefined,
    points: { size: 5, fill: stroke, filter: lonely },
  }
}

/** A line needs two points: one without neighbours is drawn as a dot even where there is no room for all dots. */
const lonely: uPlot.Series.Points.Filter = (self, series, isShown) =>
  isShown ? null : isolated(self.data[series] ?? [])

function aligned({ at, values }: PlotData): uPlot.AlignedData {
  return [[...at], ...values.map((line) => [...line])]
}

function leftOf(plot: uPlot, index: number): number {
  return plot.over.offsetLeft + plot.valToPos(plot.data[0][index] ?? 0, 'x')
}

/** In steps, so that a scale with one digit more does not move the plot at once. */
function roomFor(texts: readonly string[]): number {
  const longest = Math.max(0, ...texts.map((text) => text.length))
  return Math.max(32, Math.ceil((longest * 6.5 + 12) / 8) * 8)
}
