import { afterEach, describe, expect, it } from 'vitest'
import { adapterOf, edit, hold, update } from './adapters'
import { makeAdapter } from './fixtures'

const releases: (() => void)[] = []
const keep = (given: Parameters<typeof makeAdapter>[0]) => {
  const release = hold([makeAdapter(given)])
  releases.push(release)
  return release
}

afterEach(() => {
  for (const release of releases.splice(0)) release()
})

describe('adapters', () => {
  it('forgets an adapter with its last holder', () => {
    const first = keep({ id: 'a' })
    const second = keep({ id: 'a' })
    first()
    first()
    expect(adapterOf('a')).toBeDefined()
    second()
    expect(adapterOf('a')).toBeUndefined()
  })

  it('shows a change at once and takes it back when it is refused', () => {
    keep({ id: 'a', rating: 2 })
    const change = edit('a', { rating: 5 })
    expect(adapterOf('a')?.rating).toBe(5)
    change.revert()
    expect(adapterOf('a')?.rating).toBe(2)
  })

  it('keeps a change that is on its way when the list is read again meanwhile', () => {
    keep({ id: 'a', favorite: false, use_count: 1 })
    edit('a', { favorite: true })
    update(makeAdapter({ id: 'a', favorite: false, use_count: 2 }))
    expect(adapterOf('a')).toMatchObject({ favorite: true, use_count: 2 })
  })

  it('reverts only what was refused', () => {
    keep({ id: 'a', rating: 0, favorite: false })
    const rating = edit('a', { rating: 5 })
    const favorite = edit('a', { favorite: true })
    rating.revert()
    favorite.confirm()
    expect(adapterOf('a')).toMatchObject({ rating: 0, favorite: true })
  })

  it('believes the answer of the server', () => {
    keep({ id: 'a', name: 'old' })
    edit('a', { name: 'new' }).confirm(makeAdapter({ id: 'a', name: 'New' }))
    expect(adapterOf('a')?.name).toBe('New')
  })

  it('leaves adapters alone that nobody holds', () => {
    edit('z', { rating: 1 }).confirm(makeAdapter({ id: 'z' }))
    update(makeAdapter({ id: 'z' }))
    expect(adapterOf('z')).toBeUndefined()
  })
})
