import { expect, it } from 'vitest'
import { differences } from './differences'
import { fileNameOf } from './share'

const content = (...names: string[]) => ({
  prefix: 'a',
  suffix: '',
  negative: '',
  entries: names.map((name) => ({ name, weight: 1, enabled: true })),
})

it('tells what was added, removed, changed and moved', () => {
  const to = content('d', 'c', 'a')
  to.entries[2]!.weight = 0.5
  expect(differences(content('a', 'b', 'c'), { ...to, negative: 'n' })).toEqual({
    added: ['d'],
    removed: ['b'],
    changed: ['a'],
    isReordered: true,
    texts: ['negative'],
  })
})

it('finds no difference in the same content', () => {
  expect(differences(content('a', 'b'), content('a', 'b'))).toEqual({
    added: [],
    removed: [],
    changed: [],
    isReordered: false,
    texts: [],
  })
})

it.each([
  ['First light', 'First light.json'],
  ['a/b\\c:d', 'a b c d.json'],
  ['...', 'composition.json'],
  ['夜景 2', '夜景 2.json'],
])('makes a file name of %s', (name, file) => {
  expect(fileNameOf(name)).toBe(file)
})
