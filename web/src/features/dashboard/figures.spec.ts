import { describe, expect, it } from 'vitest'
import type { Check, Summary } from '@/api/generated'
import { concernsOf, figuresOf } from './figures'

const summary: Summary = {
  adapters: 10,
  active: 2,
  favorites: 0,
  added_this_week: 1,
  unreadable: 0,
  unsafe: 0,
  missing: 0,
  trashed: 0,
  duplicates: 0,
  size_bytes: 1,
  roots: 1,
  unscanned_roots: 0,
  digests: { done: 1, pending: 0, running: false, current_path: '', bytes_per_second: 0 },
  recent: [],
  recently_used: [],
  last_scan: null,
  scanning: null,
  activity: [],
}

describe('figuresOf', () => {
  it('leads every figure to what it counts', () => {
    expect(figuresOf(summary).map(({ key, to }) => [key, to.query?.q ?? to.path])).toEqual([
      ['adapters', '/library'],
      ['active', 'is:active'],
      ['favorites', 'is:favorite'],
      ['added_this_week', 'added:week'],
      ['duplicates', '/library/duplicates'],
    ])
  })

  it('mentions the trash only when something is in it', () => {
    expect(figuresOf({ ...summary, trashed: 3 }).at(-1)).toMatchObject({ key: 'trashed', value: 3 })
  })
})

const engine = (state: Check['state']): Check => ({
  id: 'engine:studio',
  area: 'engine',
  name: 'studio',
  state,
  detail: '',
  advice: '',
  link: '',
  facts: {},
  checked_at: null,
  took_ms: 0,
})

describe('concernsOf', () => {
  it('is silent when all is well, and before anything was looked at', () => {
    expect(concernsOf(summary, [engine('ok')])).toEqual([])
    expect(concernsOf(summary, [])).toEqual([])
  })

  it('names what is wrong, the most serious first', () => {
    const concerns = concernsOf({ ...summary, missing: 4, unsafe: 1, unreadable: 2 }, [engine('ok')])
    expect(concerns.map(({ key, count }) => [key, count])).toEqual([
      ['unreadable', 2],
      ['unsafe', 1],
      ['missing', 4],
    ])
  })

  it('says when no engine is switched on, and leaves one that fails to its check', () => {
    expect(concernsOf(summary, [engine('off')]).map(({ key }) => key)).toEqual(['no_engine'])
    expect(concernsOf(summary, [engine('off'), engine('error')])).toEqual([])
  })
})
