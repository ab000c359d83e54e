import { describe, expect, it } from 'vitest'
import { pathOf, stretches } from './sparkline'

describe('stretches', () => {
  it('spreads values over the whole box, upwards from 0', () => {
    expect(stretches([0, 5, 10], 100, 20)).toEqual([
      [
        { x: 0, y: 20 },
        { x: 50, y: 10 },
        { x: 100, y: 0 },
      ],
    ])
  })

  it('leaves a gap where nothing was measured', () => {
    const lines = stretches([4, null, 2, 4], 30, 4)
    expect(lines.map((line) => line.map(({ x }) => x))).toEqual([[0], [20, 30]])
  })

  it.each([
    ['nothing', [], []],
    ['only gaps', [null, null], []],
    ['only zeros', [0, 0], [[20, 20]]],
    ['a single value', [7], [[0]]],
  ])('draws %s without a number that is none', (_, values, heights) => {
    expect(stretches(values, 100, 20).map((line) => line.map(({ y }) => y))).toEqual(heights)
  })
})

it('pathOf draws a single point as a dash and nothing for nothing', () => {
  expect(pathOf([])).toBe('')
  expect(pathOf([{ x: 1, y: 2 }])).toBe('M1 2h0.01')
  expect(
    pathOf([
      { x: 0, y: 1 / 3 },
      { x: 10, y: 2 },
    ]),
  ).toBe('M0 0.33L10 2')
})
