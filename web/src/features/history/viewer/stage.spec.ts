import { describe, expect, it } from 'vitest'
import { fitInto, fitted, keepOnStage, largest, swipeOf, zoomAt } from './stage'

const stage = { width: 400, height: 300 }

describe('fitInto', () => {
  it('shrinks a large picture and leaves a small one as it is', () => {
    expect(fitInto(stage, { width: 800, height: 300 })).toEqual({ width: 400, height: 150 })
    expect(fitInto(stage, { width: 64, height: 64 })).toEqual({ width: 64, height: 64 })
  })
})

describe('zoomAt', () => {
  it('keeps what is under the pointer there', () => {
    const before = { scale: 2, x: 30, y: -10 }
    const pointer = { x: 100, y: 50 }
    const after = zoomAt(before, 1.5, pointer)
    const under = (p: typeof before) => [(pointer.x - p.x) / p.scale, (pointer.y - p.y) / p.scale]
    expect(under(after)[0]).toBeCloseTo(under(before)[0]!)
    expect(under(after)[1]).toBeCloseTo(under(before)[1]!)
  })

  it('stays between fitted and the largest', () => {
    expect(zoomAt(fitted, 0.1, { x: 0, y: 0 }).scale).toBe(1)
    expect(zoomAt(fitted, 1000, { x: 0, y: 0 }).scale).toBe(largest)
  })
})

describe('keepOnStage', () => {
  const shown = { width: 400, height: 150 }

  it('holds a fitted picture in the middle', () => {
    expect(keepOnStage({ scale: 1, x: 90, y: -20 }, stage, shown)).toEqual(fitted)
  })

  it('lets a large one be moved up to its edges', () => {
    expect(keepOnStage({ scale: 2, x: 999, y: 5 }, stage, shown)).toEqual({ scale: 2, x: 200, y: 0 })
  })
})

describe('swipeOf', () => {
  it.each([
    [-80, 10, 'next'],
    [80, -10, 'previous'],
    [10, 120, 'close'],
    [10, 60, null],
    [30, 0, null],
    [60, 55, null],
    [0, -200, null],
  ])('takes %s, %s for %s', (dx, dy, want) => {
    expect(swipeOf(dx, dy)).toBe(want)
  })
})
