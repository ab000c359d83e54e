import { describe, expect, it } from 'vitest'
import { readView, withoutHidden, writeView } from './listQuery'

const defaults = { sort: 'created_at', order: 'desc' } as const

describe('readView', () => {
  it.each([
    ['the newest first when nothing is said', {}, { q: '', sort: 'created_at', order: 'desc', view: 'grid' }],
    ['the best match first when words are searched', { q: 'cat' }, { sort: 'relevance', order: 'desc' }],
    [
      'no relevance where there are only filters',
      { q: 'base:sdxl', sort: 'relevance' },
      { sort: 'created_at' },
    ],
    ['names from A to Z', { sort: 'name' }, { sort: 'name', order: 'asc' }],
    ['the order that is asked for', { sort: 'name', order: 'desc' }, { order: 'desc' }],
    [
      'the default for what nobody knows',
      { sort: 'colour', order: 'up', view: 'cube' },
      { sort: 'created_at', view: 'grid' },
    ],
    ['the first of several values', { q: ['a', 'b'] }, { q: 'a' }],
    ['the list', { view: 'list' }, { view: 'list' }],
  ])('reads %s', (_, query, want) => {
    expect(readView(query, defaults)).toMatchObject(want)
  })

  it('follows the order the user chose for the default sort', () => {
    const chosen = { sort: 'name', order: 'desc' } as const
    expect(readView({}, chosen)).toMatchObject({ sort: 'name', order: 'desc' })
    expect(readView({ sort: 'file_size' }, chosen)).toMatchObject({ sort: 'file_size', order: 'desc' })
  })
})

describe('writeView', () => {
  it.each([
    [{}],
    [{ q: 'cat base:sdxl' }],
    [{ q: 'cat', sort: 'rating' }],
    [{ sort: 'name', order: 'desc', view: 'list' }],
    [{ order: 'asc' }],
  ])('gives back %j', (query) => {
    expect(writeView(readView(query, defaults), defaults)).toEqual(query)
  })

  it('leaves out what is the default', () => {
    expect(
      writeView(readView({ sort: 'created_at', order: 'desc', view: 'grid' }, defaults), defaults),
    ).toEqual({})
  })
})

describe('withoutHidden', () => {
  it('leaves out levels the user hides, unless the query is about levels', () => {
    expect(withoutHidden('cat', 4)).toBe('cat -nsfw:>=4')
    expect(withoutHidden('nsfw:>=5', 4)).toBe('nsfw:>=5')
    expect(withoutHidden('cat', 0)).toBe('cat')
  })
})
