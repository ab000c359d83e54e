import { describe, expect, it, vi } from 'vitest'
import { mountInApp } from '@/shared/testing'
import UiButton from './UiButton.vue'

describe('UiButton', () => {
  it('takes no clicks while it is loading, but keeps the focus', async () => {
    const onClick = vi.fn()
    const { wrapper } = mountInApp(UiButton, { isLoading: true, onClick }, { default: () => 'Save' })
    const button = wrapper.get('button')
    button.element.focus()
    await button.trigger('click')
    expect(onClick).not.toHaveBeenCalled()
    expect(document.activeElement).toBe(button.element)
    expect(button.attributes('aria-busy')).toBe('true')
  })

  it('is a link when it leads somewhere', () => {
    const { wrapper } = mountInApp(UiButton, { to: '/library' }, { default: () => 'Open' })
    expect(wrapper.get('a').attributes('href')).toBe('/library')
  })
})
