import { afterEach, describe, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import { flushPromises } from '@vue/test-utils'
import { ApiError } from '@/api/problem'
import { mountInApp } from '@/shared/testing'
import UiConfirmDialog from './UiConfirmDialog.vue'

function setUp(action: () => Promise<void>) {
  const props = reactive({
    open: true,
    title: 'Remove “Archive”?',
    description: 'The records of 12 adapters are kept.',
    confirmLabel: 'Remove',
    action,
    'onUpdate:open': (open: boolean) => {
      props.open = open
    },
  })
  const { wrapper } = mountInApp(UiConfirmDialog, props)
  const button = (text: string) =>
    [...document.querySelectorAll('button')].find((b) => b.textContent.includes(text))!
  return { props, wrapper, button }
}

describe('UiConfirmDialog', () => {
  afterEach(() => {
    document.body.innerHTML = ''
  })

  it('names what goes and closes when it is done', async () => {
    const action = vi.fn(() => Promise.resolve())
    const { props, wrapper, button } = setUp(action)
    await nextTick()
    expect(document.body.textContent).toContain('The records of 12 adapters are kept.')
    button('Remove').click()
    await flushPromises()
    expect(action).toHaveBeenCalledOnce()
    expect(props.open).toBe(false)
    wrapper.unmount()
  })

  it('stays open with the reason when it fails', async () => {
    const refusal = new ApiError(409, {
      code: 'conflict',
      detail: 'A scan is running.',
      errors: [],
      requestId: null,
    })
    const { props, wrapper, button } = setUp(() => Promise.reject(refusal))
    await nextTick()
    button('Remove').click()
    await flushPromises()
    expect(props.open).toBe(true)
    expect(document.querySelector('[role=alert]')?.textContent).toBe('A scan is running.')
    wrapper.unmount()
  })

  it('does nothing when it is cancelled', async () => {
    const action = vi.fn(() => Promise.resolve())
    const { props, wrapper, button } = setUp(action)
    await nextTick()
    button('Cancel').click()
    await nextTick()
    expect(action).not.toHaveBeenCalled()
    expect(props.open).toBe(false)
    wrapper.unmount()
  })
})
