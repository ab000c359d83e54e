import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type LiveHandlers, LiveSocket, type LiveState } from './socket'

class FakeSocket extends EventTarget {
  static all: FakeSocket[] = []
  static get last() {
    return FakeSocket.all.at(-1)!
  }
  sent: unknown[] = []
  isClosed = false

  constructor(readonly url: string) {
    super()
    FakeSocket.all.push(this)
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close(code = 1000) {
    this.isClosed = true
    this.dispatchEvent(new CloseEvent('close', { code }))
  }
  receive(type: string, data: unknown = {}, seq?: number) {
    this.receiveText(JSON.stringify({ type, timestamp: '2026-01-01T00:00:00Z', seq, data }))
  }
  receiveText(data: string) {
    this.dispatchEvent(new MessageEvent('message', { data }))
  }
  greet(seq: number) {
    this.receive('connected', { connection_id: 'c', message: '', seq })
  }
}

function makeTransfer(given: { kind?: string; state?: string }) {
  const amounts = { items: 0, items_total: 0, bytes: 0, bytes_total: 0 }
  return {
    id: 't1',
    kind: 'import',
    revision: 1,
    state: 'running',
    phase: '',
    ...amounts,
    message: '',
    error: '',
    notes: [],
    started_at: '2026-01-01T00:00:00Z',
    finished_at: null,
    ...given,
  }
}

const subscribe = { type: 'subscribe', job_ids: null, topics: null, include_previews: false }
let isHidden = false

function setHidden(hidden: boolean) {
  isHidden = hidden
  document.dispatchEvent(new Event('visibilitychange'))
}

describe('LiveSocket', () => {
  let live: LiveSocket
  let states: LiveState[]
  let refusals: number
  const leaveAll: (() => void)[] = []

  beforeEach(() => {
    vi.useFakeTimers()
    vi.spyOn(document, 'hidden', 'get').mockImplementation(() => isHidden)
    isHidden = false
    FakeSocket.all = []
    states = []
    refusals = 0
    live = new LiveSocket({
      url: 'ws://lora.test/api/v1/ws/progress',
      onState: (state) => states.push(state),
      onRefused: () => refusals++,
      Socket: FakeSocket as unknown as typeof WebSocket,
      random: () => 1,
    })
  })
  afterEach(() => {
    for (const leave of leaveAll.splice(0)) leave()
    vi.useRealTimers()
  })

  const listen = (handlers: LiveHandlers = {}) => {
    const leave = live.listen(handlers)
    leaveAll.push(leave)
    return leave
  }

  it('opens for the first listener, serves all and closes after the last', () => {
    const leave = [listen(), listen()]
    expect(FakeSocket.all).toHaveLength(1)
    leave[0]!()
    expect(FakeSocket.last.isClosed).toBe(false)
    leave[1]!()
    expect(FakeSocket.last.isClosed).toBe(true)
    vi.runAllTimers()
    expect(FakeSocket.all).toHaveLength(1)
    expect(states.at(-1)).toBe('idle')
  })

  it('subscribes to everything when the server greets', () => {
    listen()
    FakeSocket.last.greet(7)
    expect(FakeSocket.last.sent).toEqual([subscribe])
    expect(states).toEqual(['connecting', 'open'])
  })

  it('asks for previews only while somebody looks at them', () => {
    listen()
    FakeSocket.last.greet(7)
    const leave = live.listen({}, { previews: true })
    const other = live.listen({}, { previews: true })
    leave()
    other()
    const asked = { ...subscribe, include_previews: true }
    expect(FakeSocket.last.sent).toEqual([subscribe, asked, subscribe])
  })

  it('asks for previews at once when they are wanted before the connection stands', () => {
    leaveAll.push(live.listen({}, { previews: true }))
    FakeSocket.last.greet(7)
    expect(FakeSocket.last.sent).toEqual([{ ...subscribe, include_previews: true }])
  })

  it('delivers events of the right shape to those who want them', () => {
    const changed = vi.fn()
    listen({ adapters_changed: changed })
    listen({})
    FakeSocket.last.greet(0)
    FakeSocket.last.receive('adapters_changed', { ids: ['a'], change: 3, reason: 'edit' }, 1)
    expect(changed).toHaveBeenCalledExactlyOnceWith({ ids: ['a'], change: 3, reason: 'edit' })
  })

  it.each([
    ['not JSON', 'hello'],
    ['JSON that is no envelope', '[1]'],
    ['an unknown type', '{"type":"mystery","timestamp":"","data":{}}'],
    ['a name every object has', '{"type":"toString","timestamp":"","data":{}}'],
    ['data of a wrong shape', '{"type":"adapters_changed","timestamp":"","data":{"ids":"all"}}'],
  ])('drops %s', (_, text) => {
    const changed = vi.fn()
    listen({ adapters_changed: changed })
    FakeSocket.last.greet(0)
    FakeSocket.last.receiveText(text)
    expect(changed).not.toHaveBeenCalled()
  })

  it('waits longer after each failure, at most 30 seconds', () => {
    listen()
    const waits = [2, 4, 8, 16, 30, 30].map((seconds) => {
      FakeSocket.last.close()
      const before = FakeSocket.all.length
      vi.advanceTimersByTime(seconds * 1000 - 1)
      const isEarly = FakeSocket.all.length > before
      vi.advanceTimersByTime(1)
      return !isEarly && FakeSocket.all.length === before + 1
    })
    expect(waits).toEqual([true, true, true, true, true, true])
    expect(states.at(-1)).toBe('reconnecting')
  })

  it('tells that its login has ended, once, and says nothing of other ends', () => {
    listen()
    FakeSocket.last.close(1006)
    expect(refusals).toBe(0)
    vi.advanceTimersByTime(30_000)
    FakeSocket.last.close(1008)
    expect(refusals).toBe(1)
  })

  it('rests while nobody is signed in, and has everything read again afterwards', () => {
    const resync = vi.fn()
    listen({ resync })
    FakeSocket.last.greet(7)
    live.hold()
    expect(FakeSocket.last.isClosed).toBe(true)
    vi.advanceTimersByTime(120_000)
    setHidden(true)
    setHidden(false)
    expect(FakeSocket.all).toHaveLength(1)
    expect(resync).not.toHaveBeenCalled()
    live.release()
    expect(FakeSocket.all).toHaveLength(2)
    expect(resync).toHaveBeenCalledOnce()
  })

  it('never waits less than a second', () => {
    live = new LiveSocket({
      url: 'ws://lora.test/',
      onState: () => undefined,
      onRefused: () => undefined,
      Socket: FakeSocket as unknown as typeof WebSocket,
      random: () => 0,
    })
    listen()
    FakeSocket.last.close()
    vi.advanceTimersByTime(999)
    expect(FakeSocket.all).toHaveLength(1)
    vi.advanceTimersByTime(1)
    expect(FakeSocket.all).toHaveLength(2)
  })

  it('asks for what it missed after an interruption', () => {
    listen()
    FakeSocket.last.greet(5)
    FakeSocket.last.receive('roots_changed', {}, 6)
    FakeSocket.last.close()
    vi.runOnlyPendingTimers()
    FakeSocket.last.greet(9)
    expect(FakeSocket.last.sent).toEqual([subscribe, { type: 'resume', last_seq: 6 }])
  })

  it('asks for nothing when nothing happened meanwhile', () => {
    listen()
    FakeSocket.last.greet(5)
    FakeSocket.last.close()
    vi.runOnlyPendingTimers()
    FakeSocket.last.greet(5)
    expect(FakeSocket.last.sent).toEqual([subscribe])
  })

  it('has listeners read again when the server cannot replay', () => {
    const resync = vi.fn()
    listen({ resync })
    FakeSocket.last.greet(5)
    FakeSocket.last.receive('resync', { reason: 'too old' })
    expect(resync).toHaveBeenCalledOnce()
  })

  it('has listeners read again after a gap', () => {
    const resync = vi.fn()
    listen({ resync })
    FakeSocket.last.greet(5)
    FakeSocket.last.receive('roots_changed', {}, 8)
    expect(resync).toHaveBeenCalledOnce()
  })

  it('has listeners read again once a backup was restored, and not before', () => {
    const resync = vi.fn()
    const transfer_changed = vi.fn()
    listen({ resync, transfer_changed })
    FakeSocket.last.greet(5)
    FakeSocket.last.receive('transfer_changed', { transfer: makeTransfer({ kind: 'restore' }) }, 6)
    FakeSocket.last.receive('transfer_changed', { transfer: makeTransfer({ state: 'done' }) }, 7)
    expect(resync).not.toHaveBeenCalled()
    const restored = makeTransfer({ kind: 'restore', state: 'done' })
    FakeSocket.last.receive('transfer_changed', { transfer: restored }, 8)
    expect(transfer_changed).toHaveBeenCalledTimes(3)
    expect(resync).toHaveBeenCalledOnce()
  })

  it('has listeners read again when the server was restarted, and hears its events', () => {
    const resync = vi.fn()
    const roots_changed = vi.fn()
    listen({ resync, roots_changed })
    FakeSocket.last.greet(500)
    FakeSocket.last.close()
    vi.runOnlyPendingTimers()
    FakeSocket.last.greet(0)
    expect(resync).toHaveBeenCalledOnce()
    FakeSocket.last.receive('roots_changed', {}, 1)
    expect(roots_changed).toHaveBeenCalledOnce()
  })

  it('delivers no event twice', () => {
    const roots_changed = vi.fn()
    listen({ roots_changed })
    FakeSocket.last.greet(5)
    FakeSocket.last.receive('roots_changed', {}, 6)
    FakeSocket.last.receive('roots_changed', {}, 6)
    expect(roots_changed).toHaveBeenCalledOnce()
  })

  it('rests while the tab is hidden and resumes when it is seen', () => {
    listen()
    FakeSocket.last.greet(5)
    setHidden(true)
    expect(FakeSocket.last.isClosed).toBe(true)
    expect(states.at(-1)).toBe('paused')
    vi.advanceTimersByTime(60_000)
    expect(FakeSocket.all).toHaveLength(1)
    setHidden(false)
    FakeSocket.last.greet(7)
    expect(FakeSocket.all).toHaveLength(2)
    expect(FakeSocket.last.sent).toContainEqual({ type: 'resume', last_seq: 5 })
  })

  it('does not open in a tab that is hidden from the start', () => {
    isHidden = true
    listen()
    expect(FakeSocket.all).toHaveLength(0)
    setHidden(false)
    expect(FakeSocket.all).toHaveLength(1)
  })
})
