import { expect, it } from 'vitest'
import { hasTags } from './rebuild/tags'
import { idsToAdd } from './useComposeAddress'

it.each([
  [undefined, []],
  ['', []],
  ['a', ['a']],
  ['a,b,,a', ['a', 'b']],
  [
    ['a', 'b,c', null],
    ['a', 'b', 'c'],
  ],
])('reads the adapters to add from %j', (value, ids) => {
  expect(idsToAdd(value)).toEqual(ids)
})

it.each([
  ['a <lora:ink:0.8> b', true],
  ['<LyCO:x:1>', true],
  ['<hypernet:x:1>', false],
  ['lora', false],
])('says of %s whether it names adapters', (text, named) => {
  expect(hasTags(text)).toBe(named)
})
