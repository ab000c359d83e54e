import { describe, expect, it } from 'vitest'
import { tagsOf, withoutTag } from './tags'

const names = (prompt: string) => tagsOf(prompt).map(({ name, weight }) => [name, weight])

describe('the tags of a prompt', () => {
  it.each([
    ['one with its weight', 'a <lora:storm:0.8> b', [['storm', '0.8']]],
    ['one without a weight', '<lora:storm>', [['storm', '']]],
    ['one with two weights', '<lora:storm:unet=1:te=0.5>', [['storm', 'unet=1:te=0.5']]],
    ['another family and other letters', '<LyCO:storm:1>', [['storm', '1']]],
    [
      'several',
      '<lora:a:1><lora:b/c d:-0.5>',
      [
        ['a', '1'],
        ['b/c d', '-0.5'],
      ],
    ],
    ['none in a tag of another kind', '<hypernet:a:1> <lora:>', []],
  ])('are %s', (_, prompt, expected) => {
    expect(names(prompt)).toEqual(expected)
  })

  it.each([
    ['in the middle', 'a, <lora:x:1>, b', 'a, b'],
    ['at the start', '<lora:x:1>, b', 'b'],
    ['at the end', 'a, <lora:x:1>', 'a'],
    ['alone', '<lora:x:1>', ''],
    ['between words', 'a <lora:x:1> b', 'a b'],
    ['right after a word', 'a<lora:x:1>, b', 'a, b'],
    ['before another tag', '<lora:x:1><lora:y:1>', '<lora:y:1>'],
  ])('are taken out without a trace %s', (_, prompt, left) => {
    expect(withoutTag(prompt, tagsOf(prompt)[0]!)).toBe(left)
  })
})
