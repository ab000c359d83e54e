import { afterEach, describe, expect, it } from 'vitest'
import { Records } from './records'

interface Item {
  id: string
  name: string
  rating: number
  favorite: boolean
  uses: number
}

const records = new Records<Item>()
const make = (given: Partial<Item>): Item => ({
  id: 'a',
  name: 'A',
  rating: 0,
  favorite: false,
  uses: 0,
  ...given,
})

const releases: (() => void)[] = []
const keep = (given: Partial<Item>) => {
  const release = records.hold([make(given)])
  releases.push(release)
  return release
}

afterEach(() => {
  for (const release of releases.splice(0)) release()
})

describe('Records', () => {
  it('forgets an item with its last holder', () => {
    const first = keep({ id: 'a' })
    const second = keep({ id: 'a' })
    first()
    first()
    expect(records.of('a')).toBeDefined()
    second()
    expect(records.of('a')).toBeUndefined()
  })

  it('shows a change at once and takes it back when it is refused', () => {
    keep({ id: 'a', rating: 2 })
    const change = records.edit('a', { rating: 5 })
    expect(records.of('a')?.rating).toBe(5)
    change.revert()
    expect(records.of('a')?.rating).toBe(2)
  })

  it('keeps a change that is on its way when the list is read again meanwhile', () => {
    keep({ id: 'a', favorite: false, uses: 1 })
    records.edit('a', { favorite: true })
    records.update(make({ id: 'a', favorite: false, uses: 2 }))
    expect(records.of('a')).toMatchObject({ favorite: true, uses: 2 })
  })

  it('reverts only what was refused', () => {
    keep({ id: 'a', rating: 0, favorite: false })
    const rating = records.edit('a', { rating: 5 })
    const favorite = records.edit('a', { favorite: true })
    rating.revert()
    favorite.confirm()
    expect(records.of('a')).toMatchObject({ rating: 0, favorite: true })
  })

  it('believes the answer of the server', () => {
    keep({ id: 'a', name: 'old' })
    records.edit('a', { name: 'new' }).confirm(make({ id: 'a', name: 'New' }))
    expect(records.of('a')?.name).toBe('New')
  })

  it('leaves items alone that nobody holds', () => {
    records.edit('z', { rating: 1 }).confirm(make({ id: 'z' }))
    records.update(make({ id: 'z' }))
    expect(records.of('z')).toBeUndefined()
  })
})
