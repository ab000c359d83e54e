import { describe, expect, it } from 'vitest'
import { makeSummary, may } from '../fixtures'
import { slotsOf, valuesIn } from './slots'

const chart = makeSummary().chart_data

describe('slotsOf', () => {
  it('has every day of the period, those without generations too', () => {
    expect(slotsOf(chart).times).toEqual([1, 2, 3, 4].map((date) => Date.parse(may(date))))
  })

  it('never leaves out what the server counted, even at a time the reader’s clock does not know', () => {
    const odd = new Date(Date.parse(may(3)) + 1_800_000).toISOString()
    const slots = slotsOf({
      ...chart,
      generation_volume: [{ ...chart.generation_volume[0]!, timestamp: odd }],
      performance: [],
    })
    const counts = valuesIn(slots, [{ timestamp: odd, count: 7 }])(({ count }) => count, 0)
    expect(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(7)
    expect(slots.times).toHaveLength(5)
  })
})

describe('valuesIn', () => {
  it('gives each day its value, and the others what stands for nothing', () => {
    const slots = slotsOf(chart)
    expect(valuesIn(slots, chart.generation_volume)(({ count }) => count, 0)).toEqual([0, 7, 0, 5])
    expect(valuesIn(slots, chart.performance)((of) => of.avg_wait)).toEqual([null, 0.5, null, null])
  })
})
