import { describe, expect, it } from 'vitest'
import { parseTerms, removeTerm, removeValue, replaceField, setValue, stateOf, writeTerm } from './terms'

const read = (text: string) =>
  parseTerms(text).map(({ field, values, negated }) => ({ field, values, negated }))

describe('parseTerms', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['anime', [{ field: null, values: ['anime'], negated: false }]],
    ['"long hair"', [{ field: null, values: ['long hair'], negated: false }]],
    ['-blurry', [{ field: null, values: ['blurry'], negated: true }]],
    ['-', [{ field: null, values: ['-'], negated: false }]],
    ['Base:sdxl', [{ field: 'base', values: ['sdxl'], negated: false }]],
    ['base:sdxl,flux1|sd15', [{ field: 'base', values: ['sdxl', 'flux1', 'sd15'], negated: false }]],
    ['-tag:"long hair",cat', [{ field: 'tag', values: ['long hair', 'cat'], negated: true }]],
    ['rank:>=32', [{ field: 'rank', values: ['>=32'], negated: false }]],
    ['tag:', [{ field: 'tag', values: [], negated: false }]],
    ['cat,dog', [{ field: null, values: ['cat', 'dog'], negated: false }]],
    ['5"long', [{ field: null, values: ['5"long'], negated: false }]],
    ['tag:"open end', [{ field: 'tag', values: ['open end'], negated: false }]],
  ])('reads %j', (text, terms) => {
    expect(read(text)).toEqual(terms)
  })

  it('knows where each term stands', () => {
    const text = ' cat  base:sdxl '
    expect(parseTerms(text).map((term) => text.slice(term.start, term.end))).toEqual(['cat', 'base:sdxl'])
  })

  it('reads back what it wrote', () => {
    for (const text of ['base:sdxl,flux1', '-tag:"long hair"', '"two words"', '-word']) {
      expect(parseTerms(text).map(writeTerm).join(' ')).toBe(text)
    }
  })
})

describe('setValue', () => {
  it.each([
    ['adds the first value as a term of its own', 'cat', 'base', 'sdxl', 'included', 'cat base:sdxl'],
    [
      'joins a second value as an alternative',
      'base:sdxl cat',
      'base',
      'flux1',
      'included',
      'base:sdxl,flux1 cat',
    ],
    [
      'keeps what is excluded apart from what is asked for',
      'base:sdxl',
      'base',
      'flux1',
      'excluded',
      'base:sdxl -base:flux1',
    ],
    [
      'turns an included value into an excluded one',
      'base:sdxl,flux1',
      'base',
      'flux1',
      'excluded',
      'base:sdxl -base:flux1',
    ],
    ['takes a value out', 'base:sdxl,flux1 cat', 'base', 'sdxl', null, 'base:flux1 cat'],
    ['takes the whole term out with its last value', 'cat base:sdxl dog', 'base', 'sdxl', null, 'cat dog'],
    ['quotes what holds a blank', '', 'tag', 'long hair', 'included', 'tag:"long hair"'],
    ['compares without regard to case', 'tag:Cat', 'tag', 'cat', null, ''],
  ] as const)('%s', (_, text, field, value, state, want) => {
    expect(setValue(text, field, value, state)).toBe(want)
  })

  it('keeps flags in terms of their own, since all of them must hold', () => {
    expect(setValue('is:active', 'is', 'favorite', 'included', true)).toBe('is:active is:favorite')
  })
})

describe('stateOf', () => {
  it('tells asked for, excluded and neither apart', () => {
    const text = 'base:sdxl,flux1 -tag:cat'
    expect(stateOf(text, 'base', 'FLUX1')).toBe('included')
    expect(stateOf(text, 'tag', 'cat')).toBe('excluded')
    expect(stateOf(text, 'tag', 'dog')).toBeNull()
  })
})

describe('removing', () => {
  it('takes out the term at a position and leaves no double blank', () => {
    expect(removeTerm('a base:sdxl b', 1)).toBe('a b')
    expect(removeTerm('a', 4)).toBe('a')
  })

  it('takes a value out of every term that holds it', () => {
    expect(removeValue('tag:a,b -tag:a', 'tag', 'a')).toBe('tag:b')
  })

  it('replaces all that is said about a field', () => {
    expect(replaceField('added:7d cat -added:today', 'added', '30d')).toBe('cat added:30d')
    expect(replaceField('added:7d cat', 'added', null)).toBe('cat')
  })
})
