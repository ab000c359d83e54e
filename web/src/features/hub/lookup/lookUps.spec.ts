import { describe, expect, it } from 'vitest'
import { makeLookUps } from '../fixtures'
import { latest, shareOf } from './lookUps'

const first = '2026-01-01T00:00:00Z'
const second = '2026-01-02T00:00:00Z'

describe('latest', () => {
  it('follows a run as it goes', () => {
    const told = makeLookUps({ running: true, started_at: first, done: 2, total: 4 })
    expect(latest(makeLookUps({ running: true, started_at: first }), told)).toBe(told)
  })

  it('does not revive a run that is over', () => {
    const ended = makeLookUps({ started_at: first, finished_at: second })
    expect(latest(ended, makeLookUps({ running: true, started_at: first }))).toBe(ended)
  })

  it('takes a run that began later, and no report of one before', () => {
    const ended = makeLookUps({ started_at: first, finished_at: first })
    const begun = makeLookUps({ running: true, started_at: second })
    expect(latest(ended, begun)).toBe(begun)
    expect(latest(begun, ended)).toBe(begun)
  })
})

describe('shareOf', () => {
  it('is not known before the total is', () => {
    expect(shareOf({ done: 0, total: 0 })).toBeNull()
    expect(shareOf({ done: 1, total: 4 })).toBe(0.25)
  })
})
