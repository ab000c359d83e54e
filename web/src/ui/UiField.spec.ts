import { describe, expect, it } from 'vitest'
import { h } from 'vue'
import { mountInApp } from '@/shared/testing'
import UiField from './UiField.vue'
import UiInput from './UiInput.vue'

const setUp = (props: { hint?: string; error?: string }) =>
  mountInApp(UiField, { label: 'Folder', ...props }, { default: () => h(UiInput, { modelValue: '' }) })
    .wrapper

describe('UiField', () => {
  it('names its control', () => {
    const wrapper = setUp({})
    expect(wrapper.get('label').attributes('for')).toBe(wrapper.get('input').attributes('id'))
  })

  it('describes its control with the hint, and with the error instead when there is one', () => {
    const hinted = setUp({ hint: 'The full path.' })
    const describedBy = (wrapper: typeof hinted) =>
      wrapper.get(`#${wrapper.get('input').attributes('aria-describedby')}`)
    expect(describedBy(hinted).text()).toBe('The full path.')
    const failed = setUp({ hint: 'The full path.', error: 'Not a folder.' })
    expect(describedBy(failed).text()).toBe('Not a folder.')
    expect(failed.get('input').attributes('aria-invalid')).toBe('true')
    expect(failed.text()).not.toContain('The full path.')
  })
})
