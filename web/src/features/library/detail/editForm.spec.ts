import { describe, expect, it } from 'vitest'
import { makeAdapter } from '../catalog/fixtures'
import { changesOf, valuesOf } from './editForm'

describe('changesOf', () => {
  const adapter = makeAdapter({
    name: 'Ink',
    version: 'v1',
    author_username: 'ann',
    weight_min: 0.5,
    triggers: ['ink'],
  })
  const changed = (given: Partial<ReturnType<typeof valuesOf>>) =>
    changesOf(adapter, { ...valuesOf(adapter), ...given })

  it('is empty when nothing changed', () => {
    expect(changed({})).toEqual({})
  })

  it('holds only what changed', () => {
    expect(changed({ name: ' Ink 2 ', triggers: ['ink', 'brush'] })).toEqual({
      name: 'Ink 2',
      triggers: ['ink', 'brush'],
    })
  })

  it('takes a value away where the field was emptied', () => {
    expect(changed({ version: '', author_username: ' ', weight_min: '' })).toEqual({
      version: null,
      author_username: null,
      weight_min: null,
    })
  })

  it('reads numbers', () => {
    expect(changed({ weight_max: '1.2', nsfw_level: '3' })).toEqual({ weight_max: 1.2, nsfw_level: 3 })
  })
})
