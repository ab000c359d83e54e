import { describe, expect, it } from 'vitest'
import { makeTransfer } from '../fixtures'
import { addressOf, isAtWork, isOver, shareOf, withKnown, withTransfer } from './transfers'

describe('shareOf', () => {
  it('goes by bytes where there are any, then by items', () => {
    expect(shareOf(makeTransfer({ bytes: 25, bytes_total: 100, items: 9, items_total: 10 }))).toBe(0.25)
    expect(shareOf(makeTransfer({ items: 9, items_total: 10 }))).toBe(0.9)
  })

  it('is not known before a total is, and never more than all', () => {
    expect(shareOf(makeTransfer({ items: 9 }))).toBeNull()
    expect(shareOf(makeTransfer({ bytes: 120, bytes_total: 100 }))).toBe(1)
  })
})

describe('the states', () => {
  it.each([
    ['planning', true, false],
    ['planned', false, false],
    ['running', true, false],
    ['done', false, true],
    ['failed', false, true],
    ['cancelled', false, true],
  ] as const)('%s works: %s, is over: %s', (state, works, over) => {
    expect(isAtWork({ state })).toBe(works)
    expect(isOver({ state })).toBe(over)
  })
})

describe('withTransfer', () => {
  const old = makeTransfer({ id: 'old', started_at: '2026-01-01T00:00:00Z' })
  const young = makeTransfer({ id: 'young', started_at: '2026-01-02T00:00:00Z' })

  it('puts the latest first, wherever it was told of', () => {
    expect(withTransfer([old], young).map(({ id }) => id)).toEqual(['young', 'old'])
  })

  it('replaces what was known of one', () => {
    const ended = { ...old, state: 'done' as const }
    expect(withTransfer([young, old], ended)).toEqual([young, ended])
  })

  it('does not go back to what was told earlier', () => {
    const planned = { ...old, state: 'planned' as const, revision: 5 }
    expect(withTransfer([planned], { ...old, state: 'planning', revision: 4 })).toEqual([planned])
    expect(withTransfer([planned], { ...old, state: 'running', revision: 6 })[0]?.state).toBe('running')
  })
})

describe('withKnown', () => {
  it('keeps what is known of one that the list read earlier', () => {
    const read = makeTransfer({ id: 'a', state: 'planning', revision: 1 })
    const known = makeTransfer({ id: 'a', state: 'planned', revision: 2 })
    expect(withKnown([read, makeTransfer({ id: 'b' })], [known]).map(({ state }) => state)).toEqual([
      'planned',
      'running',
    ])
    expect(withKnown([known], [read])).toEqual([known])
  })
})

describe('addressOf', () => {
  it('leads to the parts of an export', () => {
    expect(addressOf(makeTransfer({ id: 'e', kind: 'export' }))).toBe('/transfer/export?export=e')
  })

  it('leads to the plan of an import and of a move, while there is one', () => {
    expect(addressOf(makeTransfer({ id: 'a b', kind: 'import', state: 'planned' }))).toBe(
      '/transfer/import?plan=a%20b',
    )
    expect(addressOf(makeTransfer({ id: 'm', kind: 'move_in', state: 'done' }))).toBe(
      '/transfer/move-in?plan=m',
    )
    expect(addressOf(makeTransfer({ kind: 'import', state: 'failed' }))).toBeNull()
    expect(addressOf(makeTransfer({ kind: 'backup', state: 'done' }))).toBeNull()
  })
})
