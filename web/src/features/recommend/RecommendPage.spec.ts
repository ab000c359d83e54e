import { mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { RecommendationResponse } from '@/api/generated'
import { i18n } from '@/i18n'
import { dismissToast, useToasts } from '@/shared/toasts'
import { settled } from '@/shared/testing'
import { makeAnswer, makeItem, someWeights } from './fixtures'
import RecommendPage from './RecommendPage.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

interface Call {
  method: string
  path: string
  query: Record<string, string>
  body: Record<string, unknown> | null
}

/** A server with a few recommendations, reached through the app's real client. */
class RecommendServer {
  answer: RecommendationResponse | Response = makeAnswer('s1', [makeItem('ink'), makeItem('wash')])
  weights = someWeights
  readonly calls: Call[] = []

  respond = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v1', '')
    const text = await request.text()
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : null
    this.calls.push({ method: request.method, path, query: Object.fromEntries(url.searchParams), body })
    return this.route(request.method, path, body)
  }

  private route(method: string, path: string, body: Record<string, unknown> | null): Response {
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (path.startsWith('/recommendations/similar/') || /for-(prompt|active)$/.test(path)) {
      return this.answer instanceof Response ? this.answer.clone() : Response.json(this.answer)
    }
    if (path === '/recommendations/weights') {
      if (method === 'PUT') this.weights = body?.weights as typeof someWeights
      return Response.json({ weights: this.weights, defaults: someWeights })
    }
    const given = {
      id: 'f1',
      session_id: 's0',
      recommended_lora_id: 'wash',
      feedback_type: 'positive',
      feedback_reason: null,
      implicit_signal: false,
      created_at: '2026-01-01T00:00:00Z',
    }
    const preference = {
      id: 'p1',
      preference_type: 'tag',
      preference_value: 'ink',
      confidence: 0.9,
      learned_from: 'feedback',
      evidence_count: 3,
    }
    const embedder = { state: 'computing', model: 'words', dims: 8, computed: 30, pending: 10, error: '' }
    const stats = {
      total_loras: 40,
      loras_with_embeddings: 38,
      avg_recommendation_time_ms: 4,
      model_memory_usage_gb: 0.1,
      total_sessions: 7,
      last_index_update: '2026-01-01T00:00:00Z',
    }
    const answers: Record<string, unknown> = {
      '/compositions': { compositions: [{ id: 'c1', name: 'Harbour' }] },
      '/base-models': { items: [{ id: 'sdxl', name: 'SDXL', family: 'sdxl' }] },
      '/recommendations/feedback':
        method === 'POST'
          ? { ...given, ...body, id: 'f2' }
          : { feedback: [{ ...given, lora_name: 'Wash' }], next_cursor: null },
      '/recommendations/preferences':
        method === 'POST' ? { ...preference, ...body } : { preferences: [preference] },
      '/recommendations/stats': stats,
      '/recommendations/health': { status: 'healthy', embedder },
      '/recommendations/index/rebuild': { indexed_items: 40, processing_time_seconds: 0.2 },
    }
    return Response.json(answers[path] ?? { items: [], adapter: makeItem('ink').adapter })
  }

  of(method: string, end: string): Call[] {
    return this.calls.filter((call) => call.method === method && call.path.endsWith(end))
  }
}

describe('the page of recommendations', () => {
  let page: VueWrapper
  let server: RecommendServer
  let router: Router

  async function open(address: string) {
    const none = { render: () => null }
    router = createRouter({
      history: createMemoryHistory(),
      routes: [
        { path: '/recommendations', name: 'recommendations', component: none },
        { path: '/library/:id', name: 'adapter', component: none },
        { path: '/:path(.*)*', component: none },
      ],
    })
    await router.push(address)
    page = mount(
      { render: () => h(TooltipProvider, null, { default: () => h(RecommendPage) }) },
      { attachTo: document.body, global: { plugins: [i18n, router] } },
    )
    // The parts that are loaded on demand.
    await vi.waitFor(() => {
      expect(page.find('h1').exists()).toBe(true)
    })
    await settled()
  }
  const query = () => router.currentRoute.value.query
  const all = () => [...document.querySelectorAll<HTMLElement>('button, [role=radio], [role=tab]')]
  const find = (name: string) =>
    all().find((found) => (found.getAttribute('aria-label') ?? found.textContent.trim()) === name)
  async function press(name: string) {
    await vi.waitFor(() => {
      expect(find(name), name).toBeDefined()
    })
    // Vue takes no event of the very millisecond in which its listener came.
    const drawn = Date.now()
    await vi.waitFor(
      () => {
        expect(Date.now()).toBeGreaterThan(drawn)
      },
      { interval: 1 },
    )
    find(name)!.click()
    await settled()
  }
  async function choose(label: string, value: string) {
    const id = [...document.querySelectorAll('label')].find((found) => found.textContent === label)!.htmlFor
    await page.get(`[id="${id}"]`).setValue(value)
    await settled()
  }

  beforeEach(() => {
    server = new RecommendServer()
    vi.stubGlobal('fetch', server.respond)
  })
  afterEach(() => {
    page.unmount()
    document.body.innerHTML = ''
    for (const { id } of useToasts().value) dismissToast(id)
  })

  it('shows what fits what is active, with reasons', async () => {
    await open('/recommendations')
    expect(server.of('POST', '/for-active')).toHaveLength(1)
    expect(page.text()).toContain('2 adapters')
    expect(page.text()).toContain('2 for another base model left out')
    expect(page.findAll('article h3').map((title) => title.text())).toEqual(['Adapter ink', 'Adapter wash'])
    expect(page.text()).toContain('Words of ink')
  })

  it('asks what its address says', async () => {
    await open('/recommendations?way=prompt&prompt=ink%20wash&base=sdxl&favorites=1&nsfw=4&limit=20')
    expect(server.of('POST', '/for-prompt')[0]!.body).toEqual({
      prompt: 'ink wash',
      base_model: 'sdxl',
      favorites_only: true,
      max_nsfw_level: 3,
      limit: 20,
    })
  })

  it('asks for what a composition is like, and keeps that in the address', async () => {
    await open('/recommendations')
    await choose('Fits', 'c1')
    expect(query()).toEqual({ composition: 'c1' })
    expect(server.of('POST', '/for-active').at(-1)!.body).toMatchObject({ composition_id: 'c1' })
  })

  it('asks a prompt once, when its writer says so', async () => {
    await open('/recommendations?way=prompt')
    expect(page.text()).toContain('What do you want to see?')
    await choose('Prompt', 'a lighthouse')
    expect(server.of('POST', '/for-prompt')).toHaveLength(0)
    await page.get('textarea').trigger('keydown', { key: 'Enter', ctrlKey: true })
    await settled()
    expect(server.of('POST', '/for-prompt')).toHaveLength(1)
    expect(query()).toEqual({ way: 'prompt', prompt: 'a lighthouse' })
  })

  it('turns a recommendation down and takes that back', async () => {
    await open('/recommendations')
    await press('Adapter ink: not for me')
    expect(server.of('POST', '/feedback')[0]!.body).toEqual({
      session_id: 's1',
      recommended_lora_id: 'ink',
      feedback_type: 'dismissed',
      implicit_signal: false,
    })
    expect(document.activeElement?.getAttribute('aria-label')).toBe('Undo: Adapter ink is for me')
    await press('Undo: Adapter ink is for me')
    expect(server.of('DELETE', '/feedback/f2')).toHaveLength(1)
    expect(find('Undo: Adapter ink is for me')).toBeUndefined()
  })

  it('takes back what is still on its way as soon as it has arrived', async () => {
    await open('/recommendations')
    const { fetch } = globalThis
    let arrive: () => void = () => undefined
    const journey = new Promise<void>((resolve) => (arrive = resolve))
    vi.stubGlobal('fetch', async (request: Request) => {
      if (request.method === 'POST') await journey
      return fetch(request)
    })
    await press('Adapter ink: not for me')
    await press('Undo: Adapter ink is for me')
    expect(server.of('DELETE', '/feedback/f2')).toEqual([])
    arrive()
    await settled()
    expect(server.of('DELETE', '/feedback/f2')).toHaveLength(1)
    expect(find('Undo: Adapter ink is for me')).toBeUndefined()
    expect(useToasts().value).toEqual([])
  })

  it('takes back praise that was given on another day', async () => {
    server.answer = makeAnswer('s1', [makeItem('wash', { feedback: 'positive', feedback_id: 'f1' })])
    await open('/recommendations')
    expect(find('Adapter wash: good recommendation')!.getAttribute('aria-pressed')).toBe('true')
    await press('Adapter wash: good recommendation')
    expect(server.of('DELETE', '/feedback/f1')).toHaveLength(1)
  })

  it('notes what is added to the composition, and forgets it when that is undone', async () => {
    await open('/recommendations')
    await press('Add Adapter ink to the composition')
    expect(server.of('POST', '/feedback')[0]!.body).toMatchObject({
      feedback_type: 'activated',
      implicit_signal: true,
    })
    await useToasts().value.at(-1)!.action!.run()
    await settled()
    expect(server.of('DELETE', '/feedback/f2')).toHaveLength(1)
  })

  it('shows all scores as a table', async () => {
    await open('/recommendations?view=table')
    const cells = page
      .findAll('tbody tr')[0]!
      .findAll('td')
      .map((cell) => cell.text())
    expect(cells[0]).toBe('50%')
    expect(cells).toContain('80%')
    expect(cells.filter((text) => text.includes('no data'))).toHaveLength(7)
  })

  it.each([
    ['an empty library', 0, '', 'There are no adapters yet'],
    ['a single adapter', 1, '', 'There is only one adapter'],
    ['filters that leave nothing', 20, '?base=sdxl', 'No adapter fits with these filters'],
    ['nothing that fits', 20, '', 'No adapter in your library fits this'],
  ])('says what to do about %s', async (_, adapters, address, sentence) => {
    server.answer = makeAnswer('s1', [], adapters)
    await open(`/recommendations${address}`)
    expect(page.text()).toContain(sentence)
  })

  it('says why it has no answer, and asks again', async () => {
    server.answer = Response.json({ code: 'internal', detail: 'The index is broken.' }, { status: 500 })
    await open('/recommendations')
    expect(page.text()).toContain('The index is broken.')
    server.answer = makeAnswer('s1', [makeItem('ink')])
    await press('Try again')
    expect(page.text()).toContain('Adapter ink')
  })

  describe('when it is tuned', () => {
    async function openPanel(panel: string) {
      await open(`/recommendations?panel=${panel}`)
      await vi.waitFor(() => {
        expect(document.querySelector('[role=tabpanel]')).not.toBeNull()
      })
      await settled()
    }

    it('sends the weights once for a step of a slider, and asks anew', async () => {
      await openPanel('weights')
      const slider = document.querySelector('[role=slider][aria-label=Recency]')!
      slider.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }))
      await settled()
      expect(server.of('PUT', '/weights').map(({ body }) => body)).toEqual([
        { weights: { ...someWeights, recency: 0.05 } },
      ])
      await vi.waitFor(() => {
        expect(server.of('POST', '/for-active')).toHaveLength(2)
      })
    })

    it('brings the default weights back, and the own ones when that is undone', async () => {
      const own = { ...someWeights, text: 1 }
      server.weights = own
      await openPanel('weights')
      await press('Reset to the defaults')
      expect(server.weights).toEqual(someWeights)
      await useToasts().value.at(-1)!.action!.run()
      expect(server.weights).toEqual(own)
    })

    it('adds a preference, and brings back one that was removed', async () => {
      await openPanel('preferences')
      expect(document.body.textContent).toContain('learned from 3 judgements')
      await press('Add')
      expect(document.body.textContent).toContain('Say which.')
      const input = document.querySelector<HTMLInputElement>('[role=tabpanel] input')!
      input.value = ' watercolor '
      input.dispatchEvent(new Event('input'))
      await press('Add')
      await press('Remove the preference for ink')
      expect(server.of('DELETE', '/preferences/p1')).toHaveLength(1)
      expect(document.activeElement?.getAttribute('role')).toBe('tabpanel')
      await useToasts().value.at(-1)!.action!.run()
      expect(server.of('POST', '/preferences').map(({ body }) => body)).toEqual([
        { preference_type: 'tag', preference_value: 'watercolor', confidence: 1 },
        { preference_type: 'tag', preference_value: 'ink', confidence: 0.9, explicit: false },
      ])
    })

    it('withdraws feedback and says it again when that is undone', async () => {
      await openPanel('feedback')
      await press('Withdraw the feedback on Wash')
      expect(server.of('DELETE', '/feedback/f1')).toHaveLength(1)
      expect(document.activeElement?.getAttribute('role')).toBe('tabpanel')
      await useToasts().value.at(-1)!.action!.run()
      expect(server.of('POST', '/feedback')[0]!.body).toMatchObject({
        session_id: 's0',
        feedback_type: 'positive',
      })
    })

    it('tells how the index and the text model are, and rebuilds', async () => {
      await openPanel('index')
      expect(document.body.textContent).toContain('38 of 40')
      expect(document.querySelector('[role=progressbar]')!.getAttribute('aria-valuenow')).toBe('75')
      await press('Rebuild the index')
      expect(server.of('POST', '/index/rebuild')[0]!.query).toEqual({ force: 'true' })
      expect(useToasts().value.at(-1)!.detail).toContain('40 adapters')
    })
  })
})
