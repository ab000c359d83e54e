import { mount, type VueWrapper } from '@vue/test-utils'
import { TooltipProvider } from 'reka-ui'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { AnalyticsSummary } from '@/api/generated'
import { i18n } from '@/i18n'
import type { LiveHandlers } from '@/live/socket'
import { dismissToast, useToasts } from '@/shared/toasts'
import { settled } from '@/shared/testing'
import AnalyticsPage from './AnalyticsPage.vue'
import { makeSummary } from './fixtures'

const live = vi.hoisted((): { handlers: LiveHandlers } => ({ handlers: {} }))
vi.mock('@/live/useLive', () => ({
  useLive: (handlers: LiveHandlers) => {
    live.handlers = handlers
  },
}))
// happy-dom has no canvas; UiTimeChart.spec.ts draws on one that takes every stroke.
vi.mock('@/ui/chart/usePlot', async () => {
  const { shallowRef } = await import('vue')
  return { usePlot: () => ({ pointed: shallowRef(null), point: () => undefined }) }
})

let answer: AnalyticsSummary | (() => Response)
let asked: URL[]
let page: VueWrapper
let router: Router

async function open(address = '/analytics') {
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:path(.*)*', component: AnalyticsPage }],
  })
  await router.push(address)
  page = mount(
    { render: () => h(TooltipProvider, null, { default: () => h(AnalyticsPage) }) },
    { attachTo: document.body, global: { plugins: [i18n, router] } },
  )
  await settled()
}

const tileTexts = () => page.findAll('ul[aria-label="Figures of the period"] > li').map((tile) => tile.text())
const button = (name: string) => page.findAll('button').find((each) => each.text() === name)!

function endJob() {
  const job = { job_id: 'j', status: 'completed', raw_status: 'succeeded' }
  live.handlers.generation_complete?.({ ...job, images: null, error_message: null })
}

beforeEach(() => {
  answer = makeSummary()
  asked = []
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(new URL(request.url))
    return Promise.resolve(typeof answer === 'function' ? answer() : Response.json(answer))
  })
})
afterEach(() => {
  page.unmount()
  for (const toast of useToasts().value) dismissToast(toast.id)
  vi.useRealTimers()
})

describe('AnalyticsPage', () => {
  it('shows the figures it was given and how they compare, in words', async () => {
    await open()
    const [generations, success, run, wait, images, kept] = tileTexts()
    expect(generations).toContain('Generations12')
    expect(generations).toContain('20% more10 before')
    expect(success).toContain('Success80%')
    expect(success).toContain('10 points less90% before')
    expect(run).toContain('5.3 sec')
    expect(run).toContain('25% shorter')
    expect(wait).toContain('40 ms')
    expect(images).toContain('No change17 before')
    expect(kept).toContain('More0 before')
  })

  it('says where there is no data instead of showing a zero', async () => {
    const { kpis } = makeSummary()
    const none = { has_data: false, success_rate: 0, run_p50_seconds: null, previous: null }
    answer = makeSummary({ kpis: { ...kpis, ...none } })
    await open()
    const [generations, success, run] = tileTexts()
    expect(generations).toContain('No data before')
    expect(success).toContain('Successno data')
    expect(run).toContain('Typical run timeno data')
  })

  it('has every chart as a table with the same figures', async () => {
    await open()
    await page.get('button[aria-label="Table: Volume"]').trigger('click')
    const cells = page
      .get('[role=group][aria-label=Volume]')
      .findAll('tbody tr')
      .map((row) => row.text())
    expect(cells).toEqual(['May 1, 20260000', 'May 2, 20265200', 'May 3, 20260000', 'May 4, 20265000'])
    const images = page.findAll('[role=img]')
    expect(images.length).toBeGreaterThan(3)
    for (const image of images) expect(image.attributes('aria-label')).toBeTruthy()
    expect(page.findAll('figure')).toHaveLength(images.length)
    for (const figure of page.findAll('figure'))
      expect(figure.find('button[aria-expanded]').exists()).toBe(true)
  })

  it('leads from reasons and insights to the jobs they speak of', async () => {
    await open()
    const links = page.findAll('a').map((link) => link.attributes('href'))
    expect(links).toContain('/history/job-000002?engine=far&outcome=failed')
    expect(links).toContain('/history/job-000001?outcome=failed')
    expect(links).toContain('/history?engine=far&outcome=failed')
    expect(links).toContain('/library/a1')
    expect(links).toContain('/library?q=used:never')
    expect(links).not.toContain('/library/a2')
  })

  it('says in words what failed, and in the words of the server what it has none for', async () => {
    const summary = makeSummary()
    const [failure] = summary.error_breakdown
    const [insight] = summary.performance_insights
    answer = makeSummary({
      error_breakdown: [failure!, { ...failure!, type: 'brand_new', class: 'brand_new' }],
      performance_insights: [
        {
          ...insight!,
          kind: 'error',
          title: 'Frequent error: empty_result',
          params: { class: 'empty_result', engine: 'far', count: 3, percent: 60 },
        },
      ],
    })
    await open()
    const headings = page.findAll('h2, h3').map((heading) => heading.text())
    expect(headings).toContainEqual(expect.stringContaining('Engine not reachable'))
    expect(headings).toContainEqual(expect.stringContaining('brand_new'))
    expect(headings).toContainEqual(expect.stringContaining('Frequent error: Ended without a picture'))
    expect(page.text()).toContain('60% of all failures, 3 times on far.')
    expect(page.text()).not.toContain('empty_result')
    expect(page.text().split('Nothing answers at the address.')).toHaveLength(2)
  })

  it('keeps the span of time in the address and asks in the zone of the reader', async () => {
    await open('/analytics?range=90d')
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    expect(Object.fromEntries(asked[0]!.searchParams)).toEqual({ time_range: '90d', tz: zone })
    await button('Custom').trigger('click')
    await settled()
    expect(router.currentRoute.value.query).toEqual({ range: 'custom', from: '2026-05-01', to: '2026-05-04' })
    expect(asked.at(-1)!.searchParams.get('end')).toBe('2026-05-04')
  })

  it('asks once for the day that was typed, not for the years on the way to it', async () => {
    await open('/analytics?range=custom&from=2026-05-01&to=2026-05-04')
    vi.useFakeTimers()
    const [from] = page.findAll('input[type=date]')
    for (const year of ['0002', '0020', '0202', '2025']) {
      await from!.setValue(`${year}-05-01`)
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked.map((url) => url.searchParams.get('start'))).toEqual(['2026-05-01', '2025-05-01'])
    expect(router.currentRoute.value.query.from).toBe('2025-05-01')
  })

  it('shows at the field why the server refuses a span, and not the figures of another one', async () => {
    const detail = 'The end of the time range must come after its start.'
    answer = () =>
      Response.json(
        { code: 'invalid', detail, errors: [{ location: 'query.end', message: detail }] },
        { status: 422 },
      )
    await open('/analytics?range=custom&from=2026-02-01&to=2026-01-01')
    expect(page.get('input[aria-invalid=true]').attributes('aria-describedby')).toBeTruthy()
    expect(page.text()).toContain(detail)
    expect(tileTexts()).toEqual([])
  })

  it('counts by UTC where the server does not know the zone of the reader, and says so', async () => {
    const options = Intl.DateTimeFormat().resolvedOptions()
    const zone = vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions')
    zone.mockReturnValue({ ...options, timeZone: 'Mars/Olympus' })
    const errors = [{ location: 'query.tz', message: 'This time zone is not known.' }]
    answer = () =>
      asked.at(-1)!.searchParams.get('tz') === 'UTC'
        ? Response.json(makeSummary())
        : Response.json({ code: 'invalid', detail: 'No.', errors }, { status: 422 })
    await open()
    expect(asked.map((url) => url.searchParams.get('tz'))).toEqual(['Mars/Olympus', 'UTC'])
    expect(page.text()).toContain('UTC, because the server does not know Mars/Olympus')
    expect(tileTexts()).toHaveLength(6)
    zone.mockRestore()
  })

  it('keeps the figures when reading them again fails, says so, and tries again on a press', async () => {
    vi.useFakeTimers()
    await open()
    await vi.advanceTimersByTimeAsync(5_000)
    answer = () => Response.json({ code: 'internal', detail: 'It broke.' }, { status: 500 })
    endJob()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(page.get('[role=alert]').text()).toContain('It broke.')
    expect(tileTexts()).toHaveLength(6)
    answer = makeSummary()
    await button('Try again').trigger('click')
    await vi.advanceTimersByTimeAsync(0)
    expect(page.find('[role=alert]').exists()).toBe(false)
  })

  it('reads again when jobs end, but not for each of a hundred', async () => {
    vi.useFakeTimers()
    await open()
    for (let job = 0; job < 100; job++) {
      endJob()
      await vi.advanceTimersByTimeAsync(80)
    }
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked.length).toBeGreaterThan(2)
    expect(asked.length).toBeLessThan(6)
  })

  it('says what to do next where nothing was made, and still what is kept', async () => {
    const { kpis, adapters } = makeSummary()
    answer = makeSummary({
      kpis: { ...kpis, total_generations: 0 },
      adapters: { ...adapters, top: [] },
    })
    await open()
    expect(page.text()).toContain('Nothing was generated in this time')
    expect(page.findAll('a').map((link) => link.attributes('href'))).toContain('/generate')
    expect(page.text()).toContain('17 pictures')
  })
})
