import { describe, expect, it } from 'vitest'
import { makeResult } from '../records/fixtures'
import { groupBy, tagHolders, withTags } from './bulk'

const results = [
  makeResult({ id: 'a', rating: 4, tags: ['Keep', 'night'] }),
  makeResult({ id: 'b', rating: null, tags: [] }),
  makeResult({ id: 'c', rating: 4, tags: ['keep'] }),
]

it('groups results by what they had, so that it can be given back', () => {
  expect(groupBy(results, ({ rating }) => rating)).toEqual([
    { value: 4, ids: ['a', 'c'] },
    { value: null, ids: ['b'] },
  ])
})

describe('tags', () => {
  it('are added once, however they are written', () => {
    expect(withTags(results[0]!, ['KEEP', 'new'], 'add')).toEqual(['Keep', 'night', 'new'])
  })

  it('are removed however they are written', () => {
    expect(withTags(results[0]!, ['KEEP'], 'remove')).toEqual(['night'])
  })

  it('are taken back only from those that did not have them before', () => {
    expect(tagHolders(results, ['keep', 'night'], false)).toEqual([
      { tag: 'keep', ids: ['b'] },
      { tag: 'night', ids: ['b', 'c'] },
    ])
    expect(tagHolders(results, ['night', 'never'], true)).toEqual([{ tag: 'night', ids: ['a'] }])
  })
})
