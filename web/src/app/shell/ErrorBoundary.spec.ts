import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { mountInApp } from '@/shared/testing'
import ErrorBoundary from './ErrorBoundary.vue'

function setUp(error: unknown) {
  vi.spyOn(console, 'warn').mockReturnValue()
  const Page = defineComponent(() => {
    return () =>
      h(
        'button',
        {
          onClick: () => {
            throw error
          },
        },
        'Break',
      )
  })
  const { wrapper, router } = mountInApp(ErrorBoundary, {}, { default: () => h(Page) })
  return { wrapper, router }
}

describe('ErrorBoundary', () => {
  it('replaces a page that failed and shows the next one', async () => {
    const { wrapper, router } = setUp(new Error('broken'))
    wrapper.vm.$.appContext.config.errorHandler = () => undefined
    await wrapper.get('button').trigger('click')
    expect(wrapper.get('h1').text()).toBe('This page has met an error')
    await router.push('/elsewhere')
    await flushPromises()
    expect(wrapper.get('button').text()).toBe('Break')
  })

  it('takes no notice of a request that was given up', async () => {
    const { wrapper } = setUp(new DOMException('Given up', 'AbortError'))
    await wrapper.get('button').trigger('click')
    expect(wrapper.find('h1').exists()).toBe(false)
  })
})
