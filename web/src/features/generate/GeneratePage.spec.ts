import { PiniaColada } from '@pinia/colada'
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '@/i18n'
import { dismissToast, useToasts } from '@/shared/toasts'
import { settled } from '@/shared/testing'
import GeneratePage from './GeneratePage.vue'

const job = (id: string, change: object = {}) => ({
  id,
  jobId: id,
  kind: 'generation',
  mode: 'auto',
  engine: 'sketch',
  prompt: `prompt of ${id}`,
  params: {},
  status: 'queued',
  raw_status: 'pending',
  progress: 0,
  step: 0,
  steps: 0,
  eta_seconds: null,
  message: null,
  error: null,
  error_class: '',
  attempt: 1,
  max_attempts: 3,
  not_before: null,
  priority: 5,
  position: 1,
  cancelling: false,
  adapters: [],
  composition_id: null,
  parent_id: null,
  result: null,
  created_at: '2026-01-01T00:00:00Z',
  startTime: '2026-01-01T00:00:00Z',
  finished_at: null,
  ...change,
})

const state = { paused: false, pending: 2, running: 1, retrying: 0, failed: 1 }

/** A server with one running, two waiting and one failed job, reached through the app's real client. */
class StudioServer {
  refusal: Response | null = null
  readonly writes: { method: string; path: string; query: string; key: string | null; body: unknown }[] = []

  answer = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v1', '')
    if (request.method === 'GET') return Response.json(this.read(path))
    const text = await request.text()
    this.writes.push({
      method: request.method,
      path,
      query: url.search,
      key: request.headers.get('Idempotency-Key'),
      body: text ? JSON.parse(text) : null,
    })
    if (this.refusal) return this.refusal
    if (path.endsWith('/pause')) return Response.json({ ...state, paused: true })
    return Response.json({ delivery_id: 'new', job: job('x') })
  }

  private read(path: string): unknown {
    const jobs = [
      job('r', { raw_status: 'running', progress: 40, step: 8, steps: 20, position: null }),
      job('a'),
      job('b', { position: 2 }),
    ]
    const answers: Record<string, unknown> = {
      '/generation/queue': { state, jobs },
      '/generation/jobs': {
        jobs: [job('f', { raw_status: 'failed', error: 'It broke.' })],
        next_cursor: null,
      },
      '/generation/history': { results: [], next_cursor: null },
      '/engines': { engines: [] },
      '/presets': { presets: [] },
      '/delivery-targets': { http_allowed: [], file_folder: null, placeholders: [] },
    }
    return answers[path] ?? {}
  }

  get paths(): string[] {
    return this.writes.map(({ path }) => path)
  }
}

describe('the generate page', () => {
  let page: VueWrapper
  let server: StudioServer

  beforeEach(async () => {
    server = new StudioServer()
    vi.stubGlobal('fetch', server.answer)
    vi.stubGlobal('WebSocket', EventTarget)
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/:path(.*)*', component: { render: () => null } }],
    })
    await router.push('/generate')
    page = mount(
      { render: () => h(TooltipProvider, null, { default: () => h(GeneratePage) }) },
      { attachTo: document.body, global: { plugins: [createPinia(), PiniaColada, i18n, router] } },
    )
    await settled()
  })
  afterEach(() => {
    page.unmount()
    for (const { id } of useToasts().value) dismissToast(id)
  })

  const button = (name: string) =>
    page.findAll('button').find((found) => found.text() === name || found.attributes('aria-label') === name)!
  const field = (label: string) => {
    const id = page
      .findAll('label')
      .find((found) => found.text() === label)!
      .attributes('for')!
    return page.get<HTMLInputElement>(`[id="${id}"]`)
  }
  async function press(name: string) {
    await button(name).trigger('click')
    await settled()
  }
  async function queue() {
    await page.get('form').trigger('submit')
    await settled()
  }

  it('queues what the form says, each click under another key', async () => {
    await field('Prompt').setValue('a lighthouse')
    await queue()
    await queue()
    const [first, second] = server.writes
    expect(first).toMatchObject({
      path: '/generation/queue-generation',
      body: { prompt: 'a lighthouse', seed: -1 },
    })
    expect(first!.query).toContain('backend=auto')
    expect(first!.key).not.toBe(second!.key)
  })

  it('queues with Ctrl+Enter from inside the prompt', async () => {
    await field('Prompt').trigger('keydown', { key: 'Enter', ctrlKey: true })
    await settled()
    expect(server.paths).toEqual(['/generation/queue-generation'])
  })

  it('says a mistake at its field and sends nothing', async () => {
    await field('Steps').setValue('0')
    await queue()
    expect(field('Steps').attributes('aria-invalid')).toBe('true')
    expect(document.activeElement).toBe(field('Steps').element)
    expect(server.writes).toEqual([])
    await field('Steps').setValue('20')
  })

  it('says at its field what the server refuses', async () => {
    const errors = [{ location: 'body.model', message: 'There is no such model.' }]
    server.refusal = Response.json({ code: 'invalid', detail: 'No.', errors }, { status: 422 })
    await queue()
    expect(field('Model').attributes('aria-invalid')).toBe('true')
    expect(page.text()).toContain('There is no such model.')
  })

  it('swaps width and height', async () => {
    await field('Width').setValue('768')
    await press('Swap width and height')
    expect([field('Width').element.value, field('Height').element.value]).toEqual(['1024', '768'])
  })

  it('shows how far a running job is, and why one failed', () => {
    expect(page.text()).toContain('Step 8 of 20')
    expect(page.get('[role="progressbar"]').attributes('aria-valuenow')).toBe('40')
    expect(page.text()).toContain('It broke.')
  })

  it.each([
    ['pauses the queue', 'Pause', '/generation/queue/pause'],
    ['cancels the running job', 'Cancel', '/generation/jobs/r/cancel'],
    ['cancels a waiting job', 'Cancel this job', '/generation/jobs/a/cancel'],
    ['tries a failed job again', 'Retry: prompt of f', '/generation/jobs/f/retry'],
  ])('%s', async (_, name, path) => {
    await press(name)
    expect(server.paths).toEqual([path])
  })

  it('moves a waiting job by keyboard', async () => {
    await button('Place 1: prompt of a. Move with the arrow keys.').trigger('keydown', { key: 'ArrowDown' })
    await settled()
    expect(server.writes[0]).toMatchObject({
      path: '/generation/jobs/a/move',
      body: { priority: 5, before: null },
    })
  })
})
