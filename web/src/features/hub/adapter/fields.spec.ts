import { describe, expect, it } from 'vitest'
import type { HubField } from '@/api/generated'
import { proposed, valueText } from './fields'

const field = (name: string, source: HubField['source']): HubField => ({
  field: name,
  source,
  here: null,
  there: 'x',
})

describe('proposed', () => {
  it('leaves out what the user has set, and what an adapter is known by', () => {
    const fields = [
      field('name', 'file'),
      field('version', ''),
      field('tags', 'user'),
      field('description', ''),
    ]
    expect(proposed(fields)).toEqual(['description'])
  })
})

describe('valueText', () => {
  it.each([
    [null, ''],
    [['ink', 'brush'], 'ink, brush'],
    [4, '4'],
    ['a < b', 'a < b'],
    ['<p>Brush <b>strokes</b>.</p>\n<p>More</p>', 'Brush strokes. More'],
  ])('shows %o as %o', (value, text) => {
    expect(valueText(value)).toBe(text)
  })
})
