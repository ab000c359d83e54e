import { describe, expect, it } from 'vitest'
import type { Check } from '@/api/generated'
import { ageOf, bySection, fillOf, linkOf, toneOf, troublesOf } from './checks'
import { checkOf } from './testing'

describe('bySection', () => {
  it('puts every check where its area belongs, the worst of a section first', () => {
    const checks = [
      checkOf({ id: 'engine:a', area: 'engine' }),
      checkOf({ id: 'redis', area: 'redis', state: 'off' }),
      checkOf({ id: 'database', area: 'database' }),
      checkOf({ id: 'disk:data', area: 'disk', state: 'warning' }),
      checkOf({ id: 'engine:b', area: 'engine', state: 'error' }),
    ]
    expect(bySection(checks).map(({ section, checks: own }) => [section, own.map(({ id }) => id)])).toEqual([
      ['engines', ['engine:b', 'engine:a']],
      ['storage', ['disk:data', 'database', 'redis']],
    ])
  })

  it('has no section without a check', () => {
    expect(bySection([])).toEqual([])
  })
})

describe('troublesOf', () => {
  it('names errors before warnings and leaves out what is off, unknown or well', () => {
    const states: Check['state'][] = ['ok', 'warning', 'off', 'error', 'unknown']
    expect(troublesOf(states.map((state) => checkOf({ id: state, state }))).map(({ id }) => id)).toEqual([
      'error',
      'warning',
    ])
  })
})

describe('toneOf', () => {
  it('is neutral for a computer without a GPU, whatever its detail says', () => {
    const check = checkOf({ area: 'gpu', state: 'off', detail: 'GPU unavailable' })
    expect(toneOf[check.state]).toBe('neutral')
    expect(toneOf.unknown).toBe('neutral')
  })
})

describe('ageOf', () => {
  const answeredAt = '2026-01-01T00:01:00Z'

  it('counts by the clock of the server and goes on from its answer', () => {
    expect(ageOf('2026-01-01T00:00:48Z', answeredAt, 0)).toBe(12)
    expect(ageOf('2026-01-01T00:00:48Z', answeredAt, 3_900)).toBe(15)
  })

  it('knows none of what never was', () => {
    expect(ageOf(null, answeredAt, 5_000)).toBeNull()
  })

  it('is never below zero', () => {
    expect(ageOf('2026-01-01T00:01:02Z', answeredAt, 0)).toBe(0)
  })
})

describe('fillOf', () => {
  it('needs both figures, and something to be full of', () => {
    expect(fillOf(checkOf({ facts: { free_bytes: 3, total_bytes: 4 } }))).toEqual({ used: 1, total: 4 })
    expect(fillOf(checkOf({ facts: { free_bytes: 1 } }))).toBeNull()
    expect(fillOf(checkOf({ facts: { free_bytes: 0, total_bytes: 0 } }))).toBeNull()
  })
})

describe('linkOf', () => {
  it.each([
    ['/settings?section=engines', 'engines'],
    ['/settings', 'settings'],
    ['/history?trashed=true', 'trash'],
    ['/somewhere', 'page'],
  ])('knows what is behind %j', (link, place) => {
    expect(linkOf({ link })).toEqual({ to: link, place })
  })

  it.each(['', '//elsewhere.test/', 'https://elsewhere.test/', 'javascript:alert(1)'])(
    'does not follow %j',
    (link) => {
      expect(linkOf({ link })).toBeNull()
    },
  )
})
