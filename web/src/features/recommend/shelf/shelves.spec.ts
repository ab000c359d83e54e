import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Component, h, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '@/i18n'
import { dismissToast, useToasts } from '@/shared/toasts'
import { makeAnswer, makeItem } from '../fixtures'
import FitsShelf from './FitsShelf.vue'
import SimilarShelf from './SimilarShelf.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

type Entry = Pick<IntersectionObserverEntry, 'isIntersecting' | 'time'>

/** Lets a test scroll what is observed into view. */
class Viewport {
  static scrollTo: (() => void)[] = []
  constructor(tell: (entries: Entry[]) => void) {
    Viewport.scrollTo.push(() => {
      tell([{ isIntersecting: true, time: 1 }])
    })
  }
  observe = vi.fn()
  unobserve = vi.fn()
  disconnect = vi.fn()
}

describe('a few recommendations on another page', () => {
  const calls: { path: string; query: string; body: Record<string, unknown> | null }[] = []
  let shelf: VueWrapper

  beforeEach(() => {
    calls.length = 0
    Viewport.scrollTo = []
    vi.stubGlobal('IntersectionObserver', Viewport)
    vi.stubGlobal('fetch', async (input: RequestInfo | URL) => {
      const request = input as Request
      const url = new URL(request.url)
      const text = await request.text()
      const body = text ? (JSON.parse(text) as Record<string, unknown>) : null
      const path = url.pathname.replace('/api/v1', '')
      if (path.startsWith('/recommendations/')) calls.push({ path, query: url.search, body })
      if (path.endsWith('/feedback')) return Response.json({ id: 'f1', ...body })
      return Response.json({ ...makeAnswer('s1', [makeItem('ink'), makeItem('wash')]), items: [] })
    })
  })
  afterEach(() => {
    shelf.unmount()
    for (const { id } of useToasts().value) dismissToast(id)
  })

  async function open(component: Component, props: () => object) {
    const none = { render: () => null }
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/recommendations', name: 'recommendations', component: none },
        { path: '/library/:id', name: 'adapter', component: none },
        { path: '/:path(.*)*', component: none },
      ],
    })
    shelf = mount(
      { render: () => h(TooltipProvider, null, { default: () => h(component, props()) }) },
      { attachTo: document.body, global: { plugins: [i18n, router] } },
    )
    await flushPromises()
  }
  async function comeIntoView() {
    for (const scroll of Viewport.scrollTo) scroll()
    await flushPromises()
  }
  async function press(name: string) {
    await vi.waitFor(() => {
      expect(shelf.find(`[aria-label="${name}"]`).exists()).toBe(true)
    })
    await shelf.get(`[aria-label="${name}"]`).trigger('click')
    await flushPromises()
  }

  it('are asked for when their place comes into view', async () => {
    await open(SimilarShelf, () => ({ adapterId: 'a1' }))
    expect(calls).toEqual([])
    await comeIntoView()
    expect(calls).toEqual([{ path: '/recommendations/similar/a1', query: '?limit=12', body: null }])
    expect(shelf.text()).toContain('Words of ink')
    expect(shelf.get('a[aria-label="Show all: Similar adapters"]').attributes('href')).toBe(
      '/recommendations?way=adapter&adapter=a1',
    )
  })

  it('fit the adapters in use, and follow them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const adapterIds = ref(['a', 'b'])
    await open(FitsShelf, () => ({ adapterIds: adapterIds.value }))
    await comeIntoView()
    expect(calls.map(({ body }) => body)).toEqual([{ adapter_ids: ['a', 'b'], limit: 5 }])
    adapterIds.value = ['a']
    await flushPromises()
    adapterIds.value = []
    await flushPromises()
    vi.advanceTimersByTime(1_000)
    await flushPromises()
    vi.useRealTimers()
    expect(calls.map(({ body }) => body).slice(1)).toEqual([{ limit: 5 }])
    expect(shelf.text()).toContain('Fits what is active')
  })

  it('do not stay when those for another adapter cannot be read', async () => {
    const adapterId = ref('a1')
    await open(SimilarShelf, () => ({ adapterId: adapterId.value }))
    await comeIntoView()
    expect(shelf.text()).toContain('Words of ink')
    vi.stubGlobal('fetch', () =>
      Promise.resolve(Response.json({ code: 'internal', detail: 'It broke.' }, { status: 500 })),
    )
    adapterId.value = 'a2'
    await flushPromises()
    expect(shelf.text()).toContain('It broke.')
    expect(shelf.text()).not.toContain('Words of ink')
  })

  it('tell what was added from them, and what was turned down', async () => {
    await open(FitsShelf, () => ({ adapterIds: ['a'] }))
    await comeIntoView()
    await press('Add Adapter ink to the composition')
    await press('Adapter wash: not for me')
    const said = calls.filter(({ path }) => path.endsWith('/feedback')).map(({ body }) => body)
    expect(said).toMatchObject([
      { recommended_lora_id: 'ink', feedback_type: 'activated', implicit_signal: true },
      { recommended_lora_id: 'wash', feedback_type: 'dismissed', implicit_signal: false },
    ])
    expect(shelf.text()).not.toContain('Adapter wash')
  })
})
