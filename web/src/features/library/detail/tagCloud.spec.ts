import { expect, it } from 'vitest'
import { tagSizes } from './tagCloud'

it('sizes tags by the logarithm of their counts, so that one frequent tag does not dwarf the rest', () => {
  const sizes = tagSizes([
    { tag: 'b', count: 1000 },
    { tag: 'c', count: 1 },
    { tag: 'a', count: 10 },
  ])
  expect(sizes.map(({ tag, size }) => [tag, Number(size.toFixed(2))])).toEqual([
    ['a', 0.33],
    ['b', 1],
    ['c', 0],
  ])
})

it('copes with no tags and with equal counts', () => {
  expect(tagSizes([])).toEqual([])
  expect(tagSizes([{ tag: 'a', count: 5 }])[0]?.size).toBe(0)
})
