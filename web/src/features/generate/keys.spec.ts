import { expect, it } from 'vitest'
import { RequestKeys } from './keys'

it('names each click once, and a repeated one as before', () => {
  const keys = new RequestKeys()
  const first = keys.keyFor('a')
  expect(first).toMatch(/^[0-9a-f]{32}$/)
  expect(keys.keyFor('a')).toBe(first)
  expect(keys.keyFor('b')).not.toBe(first)
  const second = keys.keyFor('a')
  keys.done()
  expect(keys.keyFor('a')).not.toBe(second)
})
