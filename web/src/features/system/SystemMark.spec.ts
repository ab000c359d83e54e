import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { SystemStatus } from '@/api/generated'
import { useSystem } from '@/live/useSystem'
import { useAnnouncement } from '@/shared/announcer'
import { mountInApp } from '@/shared/testing'
import { findCommands } from '@/shared/useCommands'
import SystemMark from './SystemMark.vue'
import { checkOf, statusOf } from './testing'

let status: SystemStatus | null
let unmount: () => void = () => undefined

async function open() {
  const mounted = mountInApp(SystemMark)
  unmount = () => {
    mounted.wrapper.unmount()
  }
  await flushPromises()
  return mounted
}

/** What the server's news of a change leads to. */
async function hear(next: SystemStatus | null) {
  status = next
  await useSystem().reload()
  await flushPromises()
  await nextTick()
}

beforeEach(() => {
  status = statusOf()
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      status ? Response.json(status) : Response.json({ code: 'internal', detail: 'No.' }, { status: 500 }),
    ),
  )
  vi.stubGlobal('WebSocket', EventTarget)
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
})
afterEach(() => {
  unmount()
})

it('says in words how the system is, and leads to its page', async () => {
  const { wrapper } = await open()
  const link = wrapper.get('a')
  expect(link.text()).toContain('All is well')
  expect(link.attributes('href')).toBe('/settings/status')
})

it('turns with the system, and says so aloud', async () => {
  const { wrapper } = await open()
  await hear(statusOf({ status: 'warning', checks: [checkOf({ state: 'warning' })] }))
  expect(wrapper.text()).toContain('1 warning')
  expect(wrapper.find('.bg-warning').exists()).toBe(true)
  expect(useAnnouncement().value).toBe('System: 1 warning')
  await hear(statusOf({ status: 'error', checks: [checkOf({ state: 'error' })] }))
  expect(wrapper.text()).toContain('1 problem')
  expect(wrapper.find('.bg-danger').exists()).toBe(true)
})

it('claims nothing about a system that does not answer', async () => {
  const { wrapper } = await open()
  await hear(null)
  expect(wrapper.text()).toContain('State not known')
  expect(wrapper.find('.bg-success').exists()).toBe(false)
})

it('offers the page among the commands', async () => {
  const { router } = await open()
  const push = vi.spyOn(router, 'push')
  findCommands('system status')[0]!.run()
  expect(push).toHaveBeenCalledWith('/settings/status')
})
