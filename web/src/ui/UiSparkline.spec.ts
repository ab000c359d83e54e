import { describe, expect, it } from 'vitest'
import { mountInApp } from '@/shared/testing'
import UiSparkline from './UiSparkline.vue'

describe('UiSparkline', () => {
  it('is an image with a name, or nothing at all to a screen reader', () => {
    const named = mountInApp(UiSparkline, { values: [1, 2], label: 'From 1 to 2' }).wrapper.get('svg')
    expect(named.attributes()).toMatchObject({ role: 'img', 'aria-label': 'From 1 to 2' })
    const silent = mountInApp(UiSparkline, { values: [1, 2] }).wrapper.get('svg')
    expect(silent.attributes('aria-hidden')).toBe('true')
    expect(silent.attributes('role')).toBeUndefined()
  })

  it('draws one line for each stretch that was measured', () => {
    const { wrapper } = mountInApp(UiSparkline, { values: [1, null, 2, 3] })
    expect(wrapper.findAll('path')).toHaveLength(2)
  })
})
