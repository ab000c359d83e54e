import { type LiveEvents, type LiveEventType, parseEnvelope, parseEvent, replacesAll } from './frames'

/** idle: nobody listens. paused: the tab is hidden. */
export type LiveState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'paused'

export type LiveHandlers = {
  [Type in LiveEventType]?: (data: LiveEvents[Type]) => void
} & {
  /** Events were lost for good: read again whatever is shown. */
  resync?: () => void
}

export interface ListenOptions {
  /** Asks for previews with the progress of jobs: they cost bandwidth. */
  previews?: boolean
}

export interface LiveOptions {
  url: string
  /** Called at every change of state. */
  onState: (state: LiveState) => void
  /** Called when the server ends the connection because its login has ended. */
  onRefused: () => void
  /** Replaced in tests. */
  Socket?: typeof WebSocket
  /** A number from 0 up to 1, replaced in tests. */
  random?: () => number
}

/** How the server closes a connection whose login has ended. */
const policyViolation = 1008
const firstDelay = 1_000
const longestDelay = 30_000

/**
 * The app's one connection for events. The first listener opens it and the last
 * one closes it. After an interruption it asks for what it missed, by the number
 * of the last event seen; when the server no longer has that, listeners are told
 * to read again.
 */
export class LiveSocket {
  private readonly options: Required<LiveOptions>
  private readonly listeners = new Set<LiveHandlers>()
  private readonly viewers = new Set<LiveHandlers>()
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private failures = 0
  private lastSeq: number | null = null
  private isGreeted = false
  private isHeld = false

  constructor(options: LiveOptions) {
    this.options = { Socket: WebSocket, random: Math.random, ...options }
  }

  /** Adds a listener and returns the function that removes it. */
  listen(handlers: LiveHandlers, options: ListenOptions = {}): () => void {
    this.listeners.add(handlers)
    if (options.previews) this.changeViewers(() => this.viewers.add(handlers))
    if (this.listeners.size === 1) {
      document.addEventListener('visibilitychange', this.followVisibility)
      this.followVisibility()
    }
    return () => {
      this.changeViewers(() => this.viewers.delete(handlers))
      if (!this.listeners.delete(handlers) || this.listeners.size > 0) return
      document.removeEventListener('visibilitychange', this.followVisibility)
      this.close('idle')
      this.lastSeq = null
    }
  }

  /** Stays without a connection until `release`: nobody is signed in. */
  hold(): void {
    this.isHeld = true
    if (this.listeners.size > 0) this.followVisibility()
  }

  /** Connects again. What was refused meanwhile has to be read again. */
  release(): void {
    this.isHeld = false
    if (this.listeners.size === 0) return
    this.followVisibility()
    this.tell((handlers) => handlers.resync?.())
  }

  /** Tells the server when the first listener wants previews and when none does any more. */
  private changeViewers(change: () => void): void {
    const before = this.viewers.size > 0
    change()
    if (this.isGreeted && before !== this.viewers.size > 0) this.subscribe()
  }

  private readonly followVisibility = (): void => {
    if (document.hidden || this.isHeld) this.close('paused')
    else if (!this.socket && this.timer === undefined) this.open()
  }

  private open(): void {
    this.timer = undefined
    this.options.onState(this.failures > 0 ? 'reconnecting' : 'connecting')
    const socket = new this.options.Socket(this.options.url)
    this.socket = socket
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (this.socket === socket && typeof event.data === 'string') this.receive(event.data)
    })
    socket.addEventListener('close', ({ code }) => {
      if (this.socket !== socket) return
      this.lost()
      if (code === policyViolation) this.options.onRefused()
    })
  }

  private receive(text: string): void {
    const frame = parseEnvelope(text)
    if (!frame) return
    if (frame.type === 'connected') {
      this.greet(frame.data)
    } else if (frame.type === 'resync') {
      this.lastSeq = frame.seq ?? this.lastSeq
      this.tell((handlers) => handlers.resync?.())
    } else if (frame.seq === undefined || this.follows(frame.seq)) {
      const event = parseEvent(frame)
      if (!event) return
      const { type, data } = event
      this.tell((handlers) => {
        const handle = handlers[type] as ((eventData: typeof data) => void) | undefined
        handle?.(data)
      })
      if (replacesAll(event)) this.tell((handlers) => handlers.resync?.())
    }
  }

  /** Answers the server's first frame, which carries the number of its latest event. */
  private greet(data: unknown): void {
    this.failures = 0
    this.options.onState('open')
    this.isGreeted = true
    this.subscribe()
    const serverSeq = (data as { seq?: unknown } | null | undefined)?.seq
    if (typeof serverSeq !== 'number') return
    const seen = this.lastSeq
    if (seen === null || seen > serverSeq) this.lastSeq = serverSeq
    if (seen === null || seen === serverSeq) return
    if (seen < serverSeq) this.send({ type: 'resume', last_seq: seen })
    // The server started anew and counts from the beginning.
    else this.tell((handlers) => handlers.resync?.())
  }

  private subscribe(): void {
    this.send({ type: 'subscribe', job_ids: null, topics: null, include_previews: this.viewers.size > 0 })
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message))
  }

  /** Takes note of an event's number; false for one that was already delivered. */
  private follows(seq: number): boolean {
    if (this.lastSeq !== null && seq <= this.lastSeq) return false
    const gap = this.lastSeq !== null && seq > this.lastSeq + 1
    this.lastSeq = seq
    if (gap) this.tell((handlers) => handlers.resync?.())
    return true
  }

  private tell(deliver: (handlers: LiveHandlers) => void): void {
    for (const handlers of [...this.listeners]) deliver(handlers)
  }

  private lost(): void {
    this.socket = null
    this.isGreeted = false
    this.failures++
    this.options.onState('reconnecting')
    const longest = Math.min(longestDelay, firstDelay * 2 ** this.failures)
    const jitter = 0.5 + this.options.random() / 2
    this.timer = setTimeout(() => {
      this.open()
    }, longest * jitter)
  }

  private close(state: LiveState): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.failures = 0
    this.isGreeted = false
    const socket = this.socket
    this.socket = null
    socket?.close()
    this.options.onState(state)
  }
}
