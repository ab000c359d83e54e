import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SystemStatus } from '@/api/generated'
import { mountInApp, settled } from '@/shared/testing'
import { useToasts } from '@/shared/toasts'
import SystemPage from './SystemPage.vue'
import { checkOf, sampleOf, statusOf } from './testing'

/** A server whose status can change, reached through the app's real client. */
class StatusServer {
  status: SystemStatus = statusOf()
  refusal: Response | null = null
  looks = 0

  answer = (input: RequestInfo | URL): Promise<Response> => {
    const { method, url } = input as Request
    if (this.refusal) return Promise.resolve(this.refusal.clone())
    if (method === 'POST' && url.endsWith('/system/check')) {
      this.looks++
      return Promise.resolve(Response.json({ message: 'Looking.' }, { status: 202 }))
    }
    const body = url.includes('/system/resources') ? { samples: [] } : this.status
    return Promise.resolve(Response.json(body))
  }
}

let server: StatusServer
let unmount: () => void = () => undefined

async function open() {
  const mounted = mountInApp(SystemPage)
  unmount = () => {
    mounted.wrapper.unmount()
  }
  await settled()
  return mounted
}

beforeEach(() => {
  server = new StatusServer()
  vi.stubGlobal('fetch', server.answer)
  vi.stubGlobal('WebSocket', EventTarget)
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
})
afterEach(() => {
  unmount()
  vi.useRealTimers()
})

describe('SystemPage', () => {
  it('shows why the history of another span of time cannot be read', async () => {
    const { wrapper } = await open()
    await vi.waitFor(() => {
      expect(wrapper.text()).toContain('Nothing was measured in this time.')
    })
    server.refusal = Response.json({ code: 'internal', detail: 'It broke.' }, { status: 500 })
    const week = wrapper.findAll('button').find((button) => button.text() === '7 days')!
    await week.trigger('click')
    await vi.waitFor(() => {
      expect(wrapper.text()).toContain('It broke.')
    })
    expect(wrapper.text()).not.toContain('Nothing was measured in this time.')
  })

  it('says the whole in words and names what is wrong', async () => {
    server.status = statusOf({
      status: 'error',
      checks: [
        checkOf({
          id: 'engine:studio',
          area: 'engine',
          name: 'studio',
          state: 'error',
          detail: 'Nothing answers at its address.',
          advice: 'Start it.',
          link: '/settings?section=engines',
        }),
        checkOf({ id: 'disk:data', area: 'disk', name: 'Data folder', state: 'warning' }),
      ],
    })
    const { wrapper } = await open()
    expect(wrapper.get('[role=status]').text()).toBe('1 problem, 1 warning')
    const engines = wrapper.get('#engines')
    expect(engines.text()).toContain('Nothing answers at its address.')
    expect(engines.text()).toContain('Start it.')
    expect(engines.get('a').attributes('href')).toBe('/settings?section=engines')
  })

  it('tells how long ago each part was looked at, and of one that hangs that it is not known', async () => {
    server.status = statusOf({
      checks: [
        checkOf({ id: 'database', checked_at: '2026-01-01T00:00:00Z' }),
        checkOf({ id: 'redis', area: 'redis', state: 'unknown', checked_at: null }),
      ],
      updated_at: '2026-01-01T00:00:12Z',
    })
    const { wrapper } = await open()
    expect(wrapper.get('#storage').text()).toContain('checked 12 sec ago')
    expect(wrapper.get('#storage').text()).toContain('not checked yet')
    expect(wrapper.text()).toContain('One part has not answered yet.')
  })

  it('takes a computer without a GPU for nothing to worry about', async () => {
    server.status = statusOf({
      gpu_status: 'GPU unavailable (CPU mode)',
      checks: [checkOf({ id: 'gpu', area: 'gpu', state: 'off', detail: 'No GPU was found.' })],
    })
    const { wrapper } = await open()
    const graphics = wrapper.get('#graphics')
    expect(graphics.text()).toContain('Not in use')
    expect(graphics.html()).not.toMatch(/(success|warning|danger)/)
    expect(wrapper.get('[role=status]').text()).toBe('All is well')
  })

  it('shows how full a disk is and what the computer uses, and no figure that was not measured', async () => {
    const total = 4 * 1024 ** 3
    server.status = statusOf({
      checks: [
        checkOf({ id: 'disk:data', area: 'disk', facts: { free_bytes: total * 0.75, total_bytes: total } }),
      ],
      resources: sampleOf({ cpu_percent: 42 }),
    })
    const { wrapper } = await open()
    const meter = wrapper.get('#storage [role=meter]')
    expect(meter.attributes('aria-valuenow')).toBe('25')
    expect(meter.attributes('aria-valuetext')).toBe('1 GB of 4 GB used')
    const uses = wrapper.get('#resources dl').findAll('dd')
    expect(uses.map((use) => use.text()).filter(Boolean)).toEqual(['42%', 'no data', 'no data'])
  })

  it('looks again, and shows that it did', async () => {
    server.status = statusOf({ checks: [checkOf({ checked_at: '2026-01-01T00:00:00Z' })] })
    const { wrapper } = await open()
    vi.useFakeTimers()
    const button = wrapper.findAll('button').find((one) => one.text() === 'Look again now')!
    await button.trigger('click')
    expect(button.attributes('aria-busy')).toBe('true')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(server.looks).toBe(1)
    expect(button.attributes('aria-busy')).toBe('true')
    server.status = statusOf({
      checks: [checkOf({ checked_at: '2026-01-01T00:01:00Z' })],
      updated_at: '2026-01-01T00:01:00Z',
    })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(button.attributes('aria-busy')).toBeUndefined()
    expect(useToasts().value.at(-1)).toMatchObject({
      title: 'Looked at everything again',
      detail: 'All is well',
    })
  })

  it('gives the reason when nothing can be read, and reads again', async () => {
    server.refusal = Response.json({ code: 'unavailable', detail: 'Nobody looked yet.' }, { status: 503 })
    vi.useFakeTimers()
    const { wrapper } = await open()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(wrapper.get('[role=alert]').text()).toContain('Nobody looked yet.')
    server.refusal = null
    await wrapper.get('[role=alert] button').trigger('click')
    await vi.advanceTimersByTimeAsync(100)
    expect(wrapper.get('[role=status]').text()).toBe('All is well')
  })
})
