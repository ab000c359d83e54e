import { expect, it } from 'vitest'
import { placeAt } from './useDragOrder'

const rows = [0, 40, 80].map((top) => ({ top, height: 40 }))

it.each([
  ['above all', -10, 2, 0],
  ['on the upper half of the first', 10, 2, 0],
  ['on the lower half of the first', 30, 2, 1],
  ['where it came from', 100, 2, 2],
  ['below all', 500, 0, 2],
  ['past the second, from the first', 70, 0, 1],
])('drops a row %s', (_, y, from, place) => {
  expect(placeAt(y, rows, from)).toBe(place)
})
