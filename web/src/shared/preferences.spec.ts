import { describe, expect, it } from 'vitest'
import { parsePreferences } from './preferences'

describe('parsePreferences', () => {
  const defaults = parsePreferences(null)

  it.each([[null], [undefined], ['text'], [7], [[]], [{}]])('reads %j as the defaults', (value) => {
    expect(parsePreferences(value)).toEqual(defaults)
  })

  it('keeps what is valid and replaces only what is not', () => {
    const read = parsePreferences({ theme: 'dark', density: 'enormous', nsfw_blur_from: -1 })
    expect(read).toEqual({ ...defaults, theme: 'dark' })
  })

  it('drops what it does not know', () => {
    expect(parsePreferences({ colour: 'red' })).toEqual(defaults)
  })
})
