import { describe, expect, it } from 'vitest'
import {
  everything,
  filtersOf,
  type HistoryView,
  questionOf,
  readView,
  sizeOf,
  withoutFilters,
  writeView,
} from './historyQuery'

const all: HistoryView = {
  search: 'fox in grass',
  adapter_id: 'a1',
  base_model: 'sdxl',
  engine: 'sketch',
  model: 'base.safetensors',
  outcome: 'all',
  min_rating: 4,
  favorite: true,
  tag: 'keep',
  composition_id: 'c1',
  size: '512x768',
  from: '2026-01-31',
  to: '2026-02-01',
  trashed: true,
  sort: 'rating',
}

describe('readView and writeView', () => {
  it('bring every filter into the address and back', () => {
    expect(readView(writeView(all) as Record<string, string>)).toEqual(all)
  })

  it('leave what does not narrow out of the address', () => {
    expect(writeView(everything)).toEqual({})
    expect(writeView({ ...everything, favorite: true })).toEqual({ favorite: 'true' })
  })

  it.each([
    ['a rating beyond five stars', { min_rating: '6' }],
    ['a rating that is no number', { min_rating: 'many' }],
    ['a day that does not exist', { from: '2026-99-99' }],
    ['a size without a height', { size: '512' }],
    ['an unknown order', { sort: 'random' }],
    ['an unknown outcome', { outcome: 'lost' }],
    ['a key without a value', { search: null }],
  ])('take %s for nothing', (_, query) => {
    expect(readView(query as Record<string, string>)).toEqual(everything)
  })

  it('take the first of repeated keys', () => {
    expect(readView({ engine: ['sketch', 'other'] }).engine).toBe('sketch')
  })
})

describe('questionOf', () => {
  it('asks for finished pictures unless something else is wanted', () => {
    expect(questionOf(everything)).toMatchObject({ status: ['succeeded'], sort: 'newest' })
    expect(questionOf({ ...everything, outcome: 'failed' }).status).toEqual(['failed'])
    expect(questionOf({ ...everything, outcome: 'all' }).status).toHaveLength(3)
  })

  it('shows everything that lies in the trash', () => {
    expect(questionOf({ ...everything, trashed: true }).status).toHaveLength(3)
  })

  it('includes the whole of the last day, as the reader counts days', () => {
    const { start_date: start, end_date: end } = questionOf({
      ...everything,
      from: '2026-03-31',
      to: '2026-03-31',
    })
    expect(new Date(start!)).toEqual(new Date(2026, 2, 31))
    expect(new Date(end!)).toEqual(new Date(2026, 3, 1))
  })

  it('splits a size', () => {
    expect(questionOf({ ...everything, size: '512x768' })).toMatchObject({ width: 512, height: 768 })
    expect(sizeOf('512x')).toBeNull()
  })
})

it('filtersOf names the filters in use, withoutFilters keeps place and order', () => {
  expect(filtersOf(everything)).toEqual([])
  expect(filtersOf({ ...everything, trashed: true, sort: 'oldest', tag: 'x' })).toEqual(['tag'])
  expect(withoutFilters(all)).toEqual({ ...everything, trashed: true, sort: 'rating' })
})
