import { computed, shallowReactive, shallowRef } from 'vue'
import { ApiError, isAbort } from '@/api/problem'
import type { Picked, Transport, UploadEntry, UploadState } from './upload'
import type { Kept, UploadStore } from './uploadStore'

/** Bytes of one request: enough to be fast, few enough for proxies that keep a whole body. */
export const chunkSize = 16 * 1024 * 1024
/** Requests at once: small files beside large ones must not wait for each other. */
const atOnce = 3
const firstPause = 1_000
const longestPause = 30_000
/** How often a request that the server answers is tried again; the network is waited for without end. */
const mostFailures = 5

/**
 * Files that go to the server, a few at a time. Each can be paused, goes on by itself
 * when the network comes back, and after a reload of the page as soon as its file is
 * chosen again.
 */
export class UploadQueue {
  readonly entries = shallowRef<readonly UploadEntry[]>([])
  readonly done = computed(() => this.entries.value.filter(({ state }) => state === 'done'))
  readonly isBusy = computed(() => this.entries.value.some(({ state }) => busy.has(state)))
  readonly isComplete = computed(
    () => this.entries.value.length > 0 && this.done.value.length === this.entries.value.length,
  )
  readonly size = computed(() => this.entries.value.reduce((sum, entry) => sum + entry.size, 0))
  readonly sent = computed(() => this.entries.value.reduce((sum, entry) => sum + entry.sent, 0))

  private readonly files = new Map<number, File>()
  private readonly requests = new Map<number, AbortController>()
  private readonly transport: Transport
  private readonly store: UploadStore
  private nextKey = 1

  constructor(transport: Transport, store: UploadStore) {
    this.transport = transport
    this.store = store
  }

  /** Takes up what an earlier page has begun. */
  async restore(): Promise<void> {
    const entries = this.store.read().map((kept) => this.enter(kept, 'lost', kept.id))
    this.entries.value = [...this.entries.value, ...entries]
    await Promise.all(entries.map((entry) => this.ask(entry)))
  }

  private async ask(entry: UploadEntry): Promise<void> {
    try {
      entry.sent = await this.transport.offset(entry.id ?? '')
      if (entry.sent >= entry.size && entry.state === 'lost') entry.state = 'done'
    } catch (error) {
      // One that has expired has to be sent anew, which needs the file in any case.
      if (error instanceof ApiError && error.code === 'not_found') this.forget(entry)
      else entry.error = error
    }
  }

  /** Adds files; one that was begun before goes on, and one that is there already is left alone. */
  add(picked: readonly Picked[]): void {
    const added: UploadEntry[] = []
    for (const { file, path } of picked) {
      const kept: Kept = { id: '', path, size: file.size, modified: file.lastModified, importId: null }
      const known = [...this.entries.value, ...added].find((entry) => isSame(entry, kept))
      const entry = known ?? this.enter(kept, 'waiting', null)
      if (!known) added.push(entry)
      if (known?.state === 'lost') known.state = 'waiting'
      this.files.set(entry.key, file)
    }
    this.entries.value = [...this.entries.value, ...added]
    this.pump()
  }

  private enter(
    { path, size, modified, importId }: Kept,
    state: UploadState,
    id: string | null,
  ): UploadEntry {
    const key = this.nextKey++
    return shallowReactive({ key, path, size, modified, state, sent: 0, id, error: null, importId })
  }

  /** Begins as many as may be sent at once. */
  private pump(): void {
    const free = atOnce - this.requests.size
    const waiting = this.entries.value.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free))
    for (const entry of waiting) void this.run(entry)
  }

  private async run(entry: UploadEntry): Promise<void> {
    const file = this.files.get(entry.key)
    if (!file) return
    const request = new AbortController()
    this.requests.set(entry.key, request)
    entry.state = 'sending'
    entry.error = null
    try {
      await this.deliver(entry, file, request.signal)
      if (!request.signal.aborted) entry.state = 'done'
    } catch (error) {
      if (!isAbort(error) && !request.signal.aborted) {
        entry.state = 'failed'
        entry.error = error
      }
    } finally {
      if (this.requests.get(entry.key) === request) this.requests.delete(entry.key)
      if (entry.state === 'done') this.files.delete(entry.key)
      this.pump()
    }
  }

  private async deliver(entry: UploadEntry, file: File, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ;) {
      try {
        let offset = await this.resume(entry, signal)
        entry.state = 'sending'
        while (offset < entry.size) {
          const from = offset
          offset = await this.transport.send(
            entry.id ?? '',
            from,
            file.slice(from, from + chunkSize),
            signal,
            (bytes) => {
              entry.sent = Math.min(entry.size, from + bytes)
            },
          )
          entry.sent = offset
          failures = 0
        }
        return
      } catch (error) {
        if (!isPassing(error, failures)) throw error
        entry.state = 'retrying'
        entry.error = error
        await this.transport.wait(Math.min(longestPause, firstPause * 2 ** failures++), signal)
      }
    }
  }

  /** Where an upload goes on; one that the server has forgotten begins anew. */
  private async resume(entry: UploadEntry, signal: AbortSignal): Promise<number> {
    if (entry.id !== null) {
      try {
        return (entry.sent = await this.transport.offset(entry.id, signal))
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error
      }
    }
    entry.sent = 0
    entry.id = await this.transport.begin(entry.path, entry.size, signal)
    this.keep()
    return 0
  }

  pause(entry: UploadEntry): void {
    if (!busy.has(entry.state)) return
    entry.state = 'paused'
    this.stop(entry)
  }

  resumeOne(entry: UploadEntry): void {
    if (entry.state !== 'paused' && entry.state !== 'failed') return
    entry.state = 'waiting'
    this.pump()
  }

  /** Takes a file out of the queue and what arrived of it from the server; it stays when that cannot be. */
  async remove(entry: UploadEntry): Promise<void> {
    this.pause(entry)
    try {
      if (entry.id !== null) await this.transport.drop(entry.id)
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'not_found') throw error
    }
    this.forget(entry)
  }

  async clear(): Promise<void> {
    await Promise.all(this.entries.value.map((entry) => this.remove(entry)))
  }

  /** Notes that an import holds what has arrived. */
  claim(importId: string): void {
    for (const entry of this.done.value) entry.importId = importId
    this.keep()
  }

  /** Lets go of files that went with the import that held them. */
  release(importId: string): void {
    for (const entry of this.done.value) if (entry.importId === importId) this.forget(entry)
  }

  private forget(entry: UploadEntry): void {
    this.stop(entry)
    this.files.delete(entry.key)
    this.entries.value = this.entries.value.filter(({ key }) => key !== entry.key)
    this.keep()
    this.pump()
  }

  private stop(entry: UploadEntry): void {
    this.requests.get(entry.key)?.abort()
    this.requests.delete(entry.key)
    this.pump()
  }

  private keep(): void {
    this.store.write(
      this.entries.value.flatMap(({ id, path, size, modified, importId }) =>
        id === null ? [] : [{ id, path, size, modified, importId }],
      ),
    )
  }
}

const busy: ReadonlySet<UploadState> = new Set(['waiting', 'sending', 'retrying'])

function isSame(entry: UploadEntry, { path, size, modified }: Kept): boolean {
  return entry.path === path && entry.size === size && entry.modified === modified
}

/** A fault that goes away by itself: the network, a proxy, a request that still holds the upload. */
function isPassing(error: unknown, failures: number): boolean {
  if (!(error instanceof ApiError)) return false
  const isBusy = [400, 409, 423, 502, 503, 504].includes(error.status)
  return error.code === 'network' || (isBusy && failures < mostFailures)
}
