import { describe, expect, it } from 'vitest'
import { chipsOf } from './chips'

describe('chipsOf', () => {
  it('tells words, facets, flags and other fields apart', () => {
    expect(chipsOf('cat -base:sdxl,flux1 is:favorite hash:abc')).toEqual([
      { index: 0, facet: null, flag: null, field: null, values: ['cat'], negated: false },
      { index: 1, facet: 'base_model', flag: null, field: 'base', values: ['sdxl', 'flux1'], negated: true },
      { index: 2, facet: null, flag: 'favorite', field: 'is', values: ['favorite'], negated: false },
      { index: 3, facet: null, flag: null, field: 'hash', values: ['abc'], negated: false },
    ])
  })
})
