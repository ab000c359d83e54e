import { describe, expect, it } from 'vitest'
import { type ChartSeries, isolated, stacked, steps } from './series'

const series = (...values: (number | null)[]): ChartSeries => ({ name: 's', color: 'accent', values })

describe('stacked', () => {
  it('puts each series on those before it, and counts what is missing as nothing', () => {
    expect(stacked([series(1, 2), series(3, null), series(0, 5)])).toEqual([
      [1, 2],
      [4, 2],
      [4, 7],
    ])
    expect(stacked([])).toEqual([])
  })
})

it('isolated finds the values no line can reach', () => {
  expect(isolated([1, null, 2, 3, null, null, 4])).toEqual([0, 6])
  expect(isolated([null, 5, null])).toEqual([1])
  expect(isolated([])).toEqual([])
})

it.each(Object.entries(steps))('the steps of %s rise', (_, values) => {
  expect([...values].sort((a, b) => a - b)).toEqual(values)
})
