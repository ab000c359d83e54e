import { describe, expect, it } from 'vitest'
import { pageSize, pagesFor, pagesToForget, placesMoved } from './pages'

describe('pagesFor', () => {
  it.each([
    ['nothing in an empty list', 0, 20, 0, 0, []],
    ['the page under the window', 0, 20, 1000, 0, [0]],
    ['both pages at a border', 90, 110, 1000, 0, [0, 1]],
    ['only what is shown after a jump into the middle', 40_010, 40_040, 100_000, 1, [400]],
    ['the next page when its border is near', 60, 80, 1000, 1, [0, 1]],
    ['the page before when scrolling up to its border', 110, 130, 1000, -1, [1, 0]],
    ['no page beyond the end', 990, 1200, 1000, 1, [9]],
    ['no page before the start', 0, 10, 1000, -1, [0]],
  ] as const)('asks for %s', (_, first, last, count, ahead, want) => {
    expect(pagesFor(first, last, count, ahead)).toEqual(want)
  })

  it('reaches the last of a hundred thousand', () => {
    expect(pagesFor(99_990, 99_999, 100_000)).toEqual([100_000 / pageSize - 1])
  })
})

describe('pagesToForget', () => {
  it('forgets what was shown longest ago and never what is wanted', () => {
    const shownAt = new Map([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ])
    expect(pagesToForget(shownAt, [0], 2)).toEqual([1, 2])
    expect(pagesToForget(shownAt, [0], 10)).toEqual([])
  })
})

describe('placesMoved', () => {
  const rows = (list: string[]) => (index: number) => list[index]

  it('finds an item that was pushed down or pulled up', () => {
    expect(placesMoved('c', 2, rows(['a', 'b', 'new', 'c']), 5)).toBe(1)
    expect(placesMoved('c', 2, rows(['a', 'c']), 5)).toBe(-1)
    expect(placesMoved('c', 2, rows(['a', 'b', 'c']), 5)).toBe(0)
  })

  it('stays where it is when the adapter is gone', () => {
    expect(placesMoved('c', 2, rows(['a', 'b', 'd']), 5)).toBe(0)
  })
})
