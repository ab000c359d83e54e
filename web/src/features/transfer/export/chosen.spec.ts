import { describe, expect, it } from 'vitest'
import { readChosen } from './chosen'

describe('readChosen', () => {
  it('reads ids from the address, and more of them from beside it', () => {
    expect(readChosen({ ids: 'a,b' }, null)).toEqual({ kind: 'some', ids: ['a', 'b'] })
    expect(readChosen({}, { adapterIds: ['a', 'b', 'c'] })).toEqual({ kind: 'some', ids: ['a', 'b', 'c'] })
  })

  it('reads a search', () => {
    expect(readChosen({ q: 'base:sdxl ' }, null)).toEqual({ kind: 'search', q: 'base:sdxl' })
  })

  it('takes everything where nothing sensible was handed over', () => {
    expect(readChosen({}, null)).toEqual({ kind: 'all' })
    expect(readChosen({ ids: ',', q: ' ' }, { adapterIds: 'x' })).toEqual({ kind: 'all' })
  })
})
