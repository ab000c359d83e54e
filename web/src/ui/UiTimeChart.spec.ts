import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isProxy, reactive, type Reactive } from 'vue'
import { mountInApp } from '@/shared/testing'
import type { ChartSeries } from './chart/series'
import UiTimeChart from './UiTimeChart.vue'

/** A canvas that takes every stroke: happy-dom has none. */
const canvas = (): unknown =>
  new Proxy(function none() {}, {
    get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : canvas()),
    set: () => true,
    apply: () => canvas(),
  })

/** What plots were told to do, and through which object: the bare plot, or a proxy of Vue around it. */
const told = vi.hoisted(() => [] as { what: string; through: object }[])
vi.mock('uplot', async (original) => {
  const { default: uPlot } = await original<{ default: typeof import('uplot') }>()
  function Spied(...args: ConstructorParameters<typeof uPlot>) {
    const plot = new uPlot(...args) as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const name of ['setData', 'setSize', 'destroy']) {
      const inner = plot[name]!
      plot[name] = function (this: object, ...rest: unknown[]) {
        told.push({ what: name, through: this })
        return inner.apply(plot, rest)
      }
    }
    return plot
  }
  return { default: Object.assign(Spied, { paths: uPlot.paths }) }
})

const day = 24 * 3_600_000
const start = new Date(2026, 4, 1).getTime()
const series = (name: string, ...values: (number | null)[]): ChartSeries => ({
  name,
  color: 'accent',
  values,
})

let mounted: ReturnType<typeof mountInApp>['wrapper']

async function chart(props: object = {}) {
  const given: Reactive<Record<string, unknown>> = reactive({
    title: 'Volume',
    summary: 'Six jobs on two days.',
    kind: 'bars',
    measure: 'count',
    unit: 'day',
    start,
    end: start + 2 * day,
    times: [start, start + day],
    series: [series('Succeeded', 4, 1), series('Failed', null, 1)],
    format: (value: number) => `${value} jobs`,
    ...props,
  })
  const { wrapper } = mountInApp(UiTimeChart, given)
  mounted = wrapper
  await vi.waitFor(() => {
    expect(wrapper.find('canvas').exists()).toBe(true)
  })
  return { given, wrapper }
}

beforeEach(() => {
  vi.stubGlobal('Path2D', canvas())
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(() => canvas() as never)
  vi.spyOn(console, 'error')
})

afterEach(() => {
  mounted.unmount()
  expect(console.error).not.toHaveBeenCalled()
  told.length = 0
})

describe('UiTimeChart', () => {
  it('is an image that says what it shows', async () => {
    const { wrapper } = await chart()
    expect(wrapper.get('[role=img]').attributes('aria-label')).toBe('Six jobs on two days.')
    expect(wrapper.findAll('canvas')).toHaveLength(1)
  })

  it('draws new data into the same bare plot, however often they come', async () => {
    const { wrapper, given } = await chart()
    const canvasBefore = wrapper.get('canvas').element
    for (let round = 0; round < 20; round++) {
      given.series = [series('Succeeded', round, 1), series('Failed', null, 1)]
      await flushPromises()
    }
    expect(wrapper.get('canvas').element).toBe(canvasBefore)
    expect(told.map(({ what }) => what)).toEqual(Array(20).fill('setData'))
    expect(told.filter(({ through }) => isProxy(through))).toEqual([])
  })

  it('takes another range, unit and set of series without an error, and leaves one canvas', async () => {
    const { wrapper, given } = await chart()
    Object.assign(given, { unit: 'hour', end: start + day, times: [start], series: [series('Waiting', 2)] })
    await flushPromises()
    Object.assign(given, { kind: 'lines', times: [], series: [series('Waiting')] })
    await flushPromises()
    expect(wrapper.findAll('canvas')).toHaveLength(1)
  })

  it('is drawn anew in the colours of another theme', async () => {
    const { wrapper } = await chart()
    const before = wrapper.get('canvas').element
    document.documentElement.classList.toggle('dark')
    await vi.waitFor(() => {
      expect(wrapper.get('canvas').element).not.toBe(before)
    })
    document.documentElement.classList.remove('dark')
  })

  it('destroys its plot when it goes', async () => {
    const { wrapper } = await chart()
    wrapper.unmount()
    expect(told.map(({ what }) => what)).toEqual(['destroy'])
  })

  it('shows exactly its figures in the table, and says where there is none', async () => {
    const { wrapper } = await chart()
    expect(wrapper.find('table').exists()).toBe(false)
    await wrapper.get('button[aria-expanded]').trigger('click')
    expect(wrapper.findAll('thead th').map((cell) => cell.text())).toEqual(['Time', 'Succeeded', 'Failed'])
    expect(wrapper.findAll('td').map((cell) => cell.text())).toEqual([
      '4 jobs',
      'no data',
      '1 jobs',
      '1 jobs',
    ])
    expect(wrapper.findAll('tbody th').map((cell) => cell.text())).toEqual(['May 1, 2026', 'May 2, 2026'])
  })

  it('reads its values out to who moves through it with the keyboard', async () => {
    const { wrapper } = await chart()
    const range = wrapper.get('input[type=range]')
    ;(range.element as HTMLInputElement).value = '0'
    await range.trigger('input')
    expect(range.attributes('aria-label')).toBe('Volume: move through time')
    expect(range.attributes('aria-valuetext')).toBe('May 1, 2026, Succeeded 4 jobs, Failed no data')
  })
})
