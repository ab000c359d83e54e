import { expect, it } from 'vitest'
import { bounded, withWildcard } from './template'

it.each([
  ['7', 7],
  ['7.6', 8],
  ['-3', 1],
  ['1e9', 200],
  ['', 1],
  ['x', 1],
])('reads %j as %d', (text, value) => {
  expect(bounded(text, 1, 200)).toBe(value)
})

it.each([
  ['', '__hair__'],
  ['a cat', 'a cat, __hair__'],
  ['a cat, ', 'a cat, __hair__'],
])('puts a wildcard after %j', (text, result) => {
  expect(withWildcard(text, 'hair')).toBe(result)
})
