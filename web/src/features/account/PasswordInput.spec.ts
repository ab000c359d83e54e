import { describe, expect, it } from 'vitest'
import { mountInApp } from '@/shared/testing'
import PasswordInput from './PasswordInput.vue'

describe('a password', () => {
  const open = () => mountInApp(PasswordInput, { modelValue: '', autocomplete: 'new-password' }).wrapper

  it('is hidden while it is typed, and shown on request', async () => {
    const view = open()
    expect(view.get('input').attributes('type')).toBe('password')
    await view.get('button').trigger('click')
    expect(view.get('input').attributes('type')).toBe('text')
    await view.get('button').trigger('click')
    expect(view.get('input').attributes('type')).toBe('password')
  })

  it('may be pasted, dropped and filled in by a password manager', () => {
    const input = open().get('input')
    expect(input.attributes('autocomplete')).toBe('new-password')
    for (const type of ['paste', 'drop', 'contextmenu']) {
      const event = new Event(type, { bubbles: true, cancelable: true })
      input.element.dispatchEvent(event)
      expect(event.defaultPrevented).toBe(false)
    }
  })
})
