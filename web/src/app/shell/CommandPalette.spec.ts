import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, reactive } from 'vue'
import { mountInApp } from '@/shared/testing'
import { useCommands } from '@/shared/useCommands'
import CommandPalette from './CommandPalette.vue'

describe('CommandPalette', () => {
  let scope: EffectScope
  const run = vi.fn()

  beforeEach(() => {
    run.mockReset()
    scope = effectScope()
    scope.run(() => {
      useCommands([
        { id: 'scan', label: () => 'Scan all folders', group: () => 'Library', run },
        { id: 'theme', label: () => 'Switch theme', group: () => 'General', run: vi.fn() },
      ])
    })
  })
  afterEach(() => {
    scope.stop()
    document.body.innerHTML = ''
  })

  async function open() {
    const props = reactive({
      open: true,
      'onUpdate:open': (isOpen: boolean) => {
        props.open = isOpen
      },
    })
    const { wrapper, router } = mountInApp(CommandPalette, props)
    await nextTick()
    const input = document.querySelector('input')!
    return {
      props,
      wrapper,
      router,
      type: async (text: string) => {
        input.value = text
        input.dispatchEvent(new Event('input', { bubbles: true }))
        await nextTick()
      },
      options: () => [...document.querySelectorAll<HTMLElement>('[role=option]')],
    }
  }

  it('lists commands as options of a list', async () => {
    const { options, wrapper } = await open()
    expect(document.querySelector('[role=listbox]')).not.toBeNull()
    expect(options().map((option) => option.textContent.trim())).toEqual([
      expect.stringContaining('Scan all folders'),
      expect.stringContaining('Switch theme'),
    ])
    wrapper.unmount()
  })

  it('closes and then runs what was chosen', async () => {
    const { type, options, props, wrapper } = await open()
    await type('scan')
    options()[0]!.click()
    await nextTick()
    expect(props.open).toBe(false)
    expect(run).toHaveBeenCalledOnce()
    wrapper.unmount()
  })

  it('offers to search the library for what was typed', async () => {
    const { type, options, router, wrapper } = await open()
    const push = vi.spyOn(router, 'push')
    await type('ink wash')
    expect(options().map((option) => option.textContent)).toEqual([expect.stringContaining('"ink wash"')])
    options()[0]!.click()
    await nextTick()
    expect(push).toHaveBeenCalledWith({ path: '/library', query: { q: 'ink wash' } })
    wrapper.unmount()
  })
})
