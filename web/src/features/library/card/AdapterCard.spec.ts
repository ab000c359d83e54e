import { mount } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { type Component, h, nextTick } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { i18n } from '@/i18n'
import { makeAdapter } from '../catalog/fixtures'
import AdapterCard from './AdapterCard.vue'
import AdapterRow from './AdapterRow.vue'

/** Clicks the link of a card, whose list selects what is clicked, and tells where that led. */
async function click(component: Component, isSelecting: boolean, init: MouseEventInit = {}) {
  const page = { render: () => null }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: page },
      { path: '/:id', name: 'adapter', component: page },
    ],
  })
  await router.push('/')
  const onSelect = vi.fn((event: Event) => {
    event.preventDefault()
  })
  const props = { adapter: makeAdapter({ id: 'a' }), isSelecting, onSelect }
  mount(
    { render: () => h(TooltipProvider, null, { default: () => h(component, props) }) },
    { attachTo: document.body, global: { plugins: [i18n, router] } },
  )
  document
    .querySelector('a')!
    .dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...init }))
  await nextTick()
  await router.isReady()
  await new Promise((resolve) => setTimeout(resolve))
  return { path: router.currentRoute.value.path, selected: onSelect.mock.calls.length }
}

beforeEach(() => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no server')))
})
afterEach(() => {
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
})

describe.each([
  ['card', AdapterCard],
  ['row', AdapterRow],
])('the link of a %s', (_, component) => {
  it('opens the adapter', async () => {
    expect(await click(component, false)).toEqual({ path: '/a', selected: 0 })
  })

  it('selects and stays while anything is selected', async () => {
    expect(await click(component, true)).toEqual({ path: '/', selected: 1 })
  })

  it('selects with Ctrl', async () => {
    expect(await click(component, false, { ctrlKey: true })).toEqual({ path: '/', selected: 1 })
  })
})
