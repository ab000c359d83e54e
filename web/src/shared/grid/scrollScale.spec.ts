import { describe, expect, it } from 'vitest'
import { maxScrollHeight, scrollScale } from './scrollScale'

describe('scrollScale', () => {
  it('leaves content alone that fits', () => {
    const scale = scrollScale(1_000_000, 900)
    expect(scale.height).toBe(1_000_000)
    expect(scale.toContent(123)).toBe(123)
  })

  it('keeps a hundred thousand tall cards in one column inside what browsers draw, both ends reachable', () => {
    const content = 100_000 * 316
    const viewport = 844
    const scale = scrollScale(content, viewport)
    expect(scale.height).toBe(maxScrollHeight)
    expect(scale.toContent(0)).toBe(0)
    expect(scale.toContent(maxScrollHeight - viewport)).toBeCloseTo(content - viewport, 3)
  })

  it('goes there and back to the same place', () => {
    const scale = scrollScale(40_000_000, 900)
    expect(scale.toContent(scale.toScroll(12_345_678))).toBeCloseTo(12_345_678, 3)
  })
})
