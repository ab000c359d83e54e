import { describe, expect, it } from 'vitest'
import { move } from './moves'

// 0 1 2 3
// 4 5 6 7
// 8 9
const shape = { count: 10, columns: 4, rows: 2 }

describe('move', () => {
  it.each([
    ['ArrowRight', 0, 1],
    ['l', 3, 4],
    ['ArrowRight', 9, 9],
    ['ArrowLeft', 0, 0],
    ['h', 4, 3],
    ['ArrowDown', 1, 5],
    ['j', 7, 9],
    ['ArrowDown', 8, 8],
    ['ArrowUp', 2, 2],
    ['k', 9, 5],
    ['Home', 6, 4],
    ['End', 4, 7],
    ['End', 8, 9],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['PageUp', 6, 2],
  ])('%s from %i goes to %i', (key, from, to) => {
    expect(move(key, from, shape)).toBe(to)
  })

  it('goes to both ends of the list with Control', () => {
    expect(move('End', 0, shape, true)).toBe(9)
    expect(move('Home', 9, shape, true)).toBe(0)
  })

  it('leaves other keys and empty lists alone', () => {
    expect(move('q', 0, shape)).toBeNull()
    expect(move('j', 0, { ...shape, count: 0 })).toBeNull()
  })
})
