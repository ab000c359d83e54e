import { describe, expect, it } from 'vitest'
import { layoutFor } from './layout'

describe('layoutFor', () => {
  it('fits at least two cards side by side on a phone', () => {
    expect(layoutFor(336, 'grid', 'large', false).columns).toBe(2)
  })

  it('fits more and smaller cards on a wide screen', () => {
    const small = layoutFor(1400, 'grid', 'small', false)
    const large = layoutFor(1400, 'grid', 'large', false)
    expect(small.columns).toBeGreaterThan(large.columns)
    expect(small.rowHeight).toBeLessThan(large.rowHeight)
  })

  it('has one row for each adapter in the list', () => {
    expect(layoutFor(1400, 'list', 'medium', true)).toEqual({ columns: 1, rowHeight: 56, gap: 0 })
  })
})
