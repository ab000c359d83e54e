import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { marksOf, slotEnd, slotStart, slotsWithin } from './time'

const hours = (count: number) => count * 3_600_000
const zone = process.env.TZ

function inZone(name: string) {
  beforeEach(() => {
    process.env.TZ = name
  })
  afterEach(() => {
    process.env.TZ = zone
  })
}

describe('in a zone that changes its clocks', () => {
  inZone('Europe/Berlin')

  it('a day in spring has 23 hours and one in autumn 25', () => {
    const spring = new Date(2026, 2, 29).getTime()
    const autumn = new Date(2026, 9, 25).getTime()
    expect(slotEnd(spring, 'day') - spring).toBe(hours(23))
    expect(slotEnd(autumn, 'day') - autumn).toBe(hours(25))
    expect(slotsWithin(autumn, slotEnd(autumn, 'day'), 'hour')).toHaveLength(25)
  })

  it('days follow one another across the change, each from midnight', () => {
    const days = slotsWithin(new Date(2026, 2, 27, 15).getTime(), new Date(2026, 2, 31).getTime(), 'day')
    expect(days.map((day) => new Date(day).toString().slice(4, 21))).toEqual([
      'Mar 27 2026 00:00',
      'Mar 28 2026 00:00',
      'Mar 29 2026 00:00',
      'Mar 30 2026 00:00',
    ])
  })
})

describe('in a zone whose hours begin at a half', () => {
  inZone('Asia/Kolkata')

  it('an hour begins when the clock of the reader says so', () => {
    const begin = new Date(2026, 4, 1, 9).getTime()
    expect(slotStart(begin + 1234, 'hour')).toBe(begin)
    expect(new Date(begin).getUTCMinutes()).toBe(30)
  })
})

describe('slotsWithin', () => {
  inZone('UTC')

  it.each([
    ['an empty span', '2026-01-01T00:00Z', '2026-01-01T00:00Z', 0],
    ['a span that runs backwards', '2026-01-02T00:00Z', '2026-01-01T00:00Z', 0],
    ['parts of two days', '2026-01-01T23:59Z', '2026-01-02T00:01Z', 2],
    ['a day up to its last moment', '2026-01-01T00:00Z', '2026-01-02T00:00Z', 1],
  ])('finds the days of %s', (_, start, end, count) => {
    expect(slotsWithin(Date.parse(start), Date.parse(end), 'day')).toHaveLength(count)
  })
})

describe('marksOf', () => {
  inZone('UTC')
  const day = Date.parse('2026-03-02T00:00Z')

  it('marks round hours of a day', () => {
    const starts = slotsWithin(day, day + hours(24), 'hour')
    expect(marksOf(starts, 'hour', 8).map((time) => new Date(time).getUTCHours())).toEqual([
      0, 3, 6, 9, 12, 15, 18, 21,
    ])
  })

  it.each([
    ['a week', 7, 10],
    ['a month', 30, 6],
    ['a quarter', 90, 5],
    ['ten years', 3652, 9],
  ])('never marks more of %s than there is room for, and always something', (_, days, most) => {
    const marked = marksOf(slotsWithin(day, day + hours(24 * days), 'day'), 'day', most)
    expect(marked.length).toBeGreaterThan(0)
    expect(marked.length).toBeLessThanOrEqual(most)
  })

  it('marks every second Monday of a month where there is no room for all', () => {
    const starts = slotsWithin(day, day + hours(24 * 30), 'day')
    const marked = marksOf(starts, 'day', 4)
    expect(marked.map((time) => new Date(time).getUTCDay())).toEqual(marked.map(() => 1))
    expect(marked[1]! - marked[0]!).toBe(hours(24 * 14))
  })

  it('marks firsts of months over a quarter', () => {
    const starts = slotsWithin(Date.parse('2026-01-01'), Date.parse('2026-04-01'), 'day')
    expect(marksOf(starts, 'day', 4).map((time) => new Date(time).getUTCDate())).toEqual([1, 1, 1])
  })
})
