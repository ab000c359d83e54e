import { describe, expect, it } from 'vitest'
import { placeFor } from './useReorder'

describe('placeFor', () => {
  const middles = [50, 150, 250]

  it.each([
    ['stays where it was taken', 50, 0, 0],
    ['passes the next row at its middle', 151, 0, 1],
    ['does not pass it before', 149, 0, 0],
    ['goes to the end', 900, 0, 2],
    ['goes to the start', -20, 2, 0],
    ['goes one up', 149, 2, 1],
  ])('%s', (_, y, from, place) => {
    expect(placeFor(y, from, middles)).toBe(place)
  })
})
