import { describe, expect, it } from 'vitest'
import { fieldsOf, valueText } from './policy'

describe('valueText', () => {
  it.each([
    [null, null],
    ['', null],
    [[], null],
    ['ink', 'ink'],
    [0, '0'],
    [false, 'false'],
    [['a', 'b'], 'a, b'],
    [{ a: 1 }, '{\n "a": 1\n}'],
  ])('shows %o as %o', (value, text) => {
    expect(valueText(value)).toBe(text)
  })
})

describe('fieldsOf', () => {
  const differs = ['name', 'tags', 'notes', 'weight'].map((field) => ({ field, here: 1, there: 2 }))

  it('names a few and counts the others', () => {
    expect(fieldsOf({ differs })).toEqual({ names: ['name', 'tags', 'notes'], more: 1 })
    expect(fieldsOf({ differs: [] })).toEqual({ names: [], more: 0 })
  })
})
