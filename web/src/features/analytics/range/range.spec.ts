import { describe, expect, it } from 'vitest'
import { customOf, lastWeek, questionOf, readRange, writeRange } from './range'

const zone = 'Europe/Berlin'

describe('readRange and writeRange', () => {
  it.each([
    { name: '24h' as const, from: '', to: '' },
    { name: '90d' as const, from: '', to: '' },
    { name: 'custom' as const, from: '2026-01-31', to: '2026-02-01' },
  ])('bring $name into the address and back', (range) => {
    expect(readRange(writeRange(range) as Record<string, string>)).toEqual(range)
  })

  it('show a week where the address asks for nothing, or for something unknown', () => {
    expect(readRange({})).toEqual(lastWeek)
    expect(readRange({ range: 'forever' })).toEqual(lastWeek)
    expect(readRange({ range: null })).toEqual(lastWeek)
    expect(writeRange(lastWeek)).toEqual({})
  })

  it('leave days as they were typed, and away where the span has none', () => {
    expect(readRange({ range: 'custom', from: '2026-99-99' }).from).toBe('2026-99-99')
    expect(readRange({ range: '7d', from: '2026-01-01' }).from).toBe('')
  })
})

describe('questionOf', () => {
  it('names the zone', () => {
    expect(questionOf(lastWeek, zone)).toEqual({ time_range: '7d', tz: zone })
  })

  it('passes days on even when they run backwards: the server says what is wrong', () => {
    expect(questionOf({ name: 'custom', from: '2026-02-01', to: '2026-01-01' }, zone)).toEqual({
      time_range: 'custom',
      start: '2026-02-01',
      end: '2026-01-01',
      tz: zone,
    })
  })
})

it('customOf names the days of a span whose end is excluded', () => {
  const start = new Date(2026, 2, 1).toISOString()
  const end = new Date(2026, 3, 1).toISOString()
  expect(customOf(start, end)).toEqual({ name: 'custom', from: '2026-03-01', to: '2026-03-31' })
})
