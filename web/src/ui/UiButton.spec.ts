import { describe, expect, it, vi } from 'vitest'
import { mountInApp } from '@/shared/testing'
import { useToasts } from '@/shared/toasts'
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

  it('does nothing for those it is not for, but says why', async () => {
    const onClick = vi.fn()
    const props = { reason: 'Not included in your role', class: 'w-full', onClick }
    const { wrapper } = mountInApp(UiButton, props, { default: () => 'Save' })
    const button = wrapper.get('button')
    expect(button.classes()).toContain('w-full')
    expect(button.attributes('aria-disabled')).toBe('true')
    await button.trigger('click')
    expect(onClick).not.toHaveBeenCalled()
    expect(useToasts().value.at(-1)?.title).toBe('Not included in your role')
  })

  it('is a link when it leads somewhere', () => {
    const { wrapper } = mountInApp(UiButton, { to: '/library' }, { default: () => 'Open' })
    expect(wrapper.get('a').attributes('href')).toBe('/library')
  })
})
