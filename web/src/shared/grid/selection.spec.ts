import { describe, expect, it } from 'vitest'
import { addRange, countSelected, isSelected, nothing, rangeTo, selectAll, toggle } from './selection'

describe('selection', () => {
  it('takes an adapter in and out again', () => {
    const one = toggle(nothing, 'a', 3)
    expect(isSelected(one, 'a')).toBe(true)
    expect(countSelected(one, 100)).toBe(1)
    expect(countSelected(toggle(one, 'a', 3), 100)).toBe(0)
  })

  it('spans a range from the last toggled adapter, in either direction', () => {
    const one = toggle(nothing, 'c', 5)
    expect(rangeTo(one, 9)).toEqual([5, 9])
    expect(rangeTo(one, 2)).toEqual([2, 5])
    expect(rangeTo(nothing, 4)).toEqual([4, 4])
  })

  it('keeps the anchor while ranges are added, so that they all start at the same place', () => {
    const ranged = addRange(toggle(nothing, 'a', 2), ['b', 'c'], 4)
    expect(rangeTo(ranged, 7)).toEqual([2, 7])
    expect(countSelected(ranged, 100)).toBe(3)
  })

  it('holds everything that matches without naming it', () => {
    const all = selectAll(toggle(nothing, 'a', 0))
    expect(isSelected(all, 'never seen')).toBe(true)
    expect(countSelected(all, 100_000)).toBe(100_000)
  })

  it('leaves a few out of everything and takes them back', () => {
    const without = toggle(selectAll(nothing), 'a', 0)
    expect(isSelected(without, 'a')).toBe(false)
    expect(countSelected(without, 10)).toBe(9)
    expect(isSelected(addRange(without, ['a'], 0), 'a')).toBe(true)
  })
})
