import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'

const { listen, stop } = vi.hoisted(() => ({ listen: vi.fn(), stop: vi.fn() }))
vi.mock('./socket', () => ({
  LiveSocket: vi.fn(
    class {
      listen = listen
    },
  ),
}))

beforeEach(() => {
  vi.resetModules()
  listen.mockReturnValue(stop)
})
afterEach(() => {
  vi.clearAllMocks()
})

it('listens over one connection for as long as the scopes live', async () => {
  const { useLive } = await import('./useLive')
  const { LiveSocket } = await import('./socket')
  const [one, other] = [{ resync: vi.fn() }, { resync: vi.fn() }]
  const scope = effectScope()
  scope.run(() => {
    useLive(one)
    useLive(other, { previews: true })
  })
  await vi.waitFor(() => {
    expect(listen.mock.calls).toEqual([
      [one, undefined],
      [other, { previews: true }],
    ])
  })
  expect(LiveSocket).toHaveBeenCalledOnce()
  scope.stop()
  expect(stop).toHaveBeenCalledTimes(2)
})

it('does not begin to listen for a scope that was left before the connection was made', async () => {
  const { useLive } = await import('./useLive')
  const left = effectScope()
  left.run(() => {
    useLive({})
  })
  left.stop()
  const handlers = { resync: vi.fn() }
  effectScope().run(() => {
    useLive(handlers)
  })
  await vi.waitFor(() => {
    expect(listen).toHaveBeenCalled()
  })
  expect(listen.mock.calls).toEqual([[handlers, undefined]])
})
