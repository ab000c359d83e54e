import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import { ApiError, type ErrorCode } from '@/api/problem'
import type { Transport } from './upload'
import { chunkSize, UploadQueue } from './uploadQueue'
import type { Kept, UploadStore } from './uploadStore'

const failure = (code: ErrorCode, status: number) =>
  new ApiError(status, { code, detail: '', errors: [], requestId: null })

/** A server that keeps what it gets; requests can be held up and made to fail. */
class FakeServer implements Transport {
  readonly received = new Map<string, number>()
  readonly sizes = new Map<string, number>()
  readonly dropped: string[] = []
  readonly pauses: number[] = []
  failures: ApiError[] = []
  most = 0
  private running = 0
  private held: (() => void)[] | null = null
  private nextId = 1

  hold() {
    this.held = []
  }

  release() {
    const held = this.held ?? []
    this.held = null
    for (const go of held) go()
  }

  begin = (_: string, size: number) => {
    const id = `u${this.nextId++}`
    this.received.set(id, 0)
    this.sizes.set(id, size)
    return Promise.resolve(id)
  }

  offset = (id: string) => {
    const offset = this.received.get(id)
    return offset === undefined ? Promise.reject(failure('not_found', 404)) : Promise.resolve(offset)
  }

  send = async (
    id: string,
    offset: number,
    content: Blob,
    signal: AbortSignal,
    onSent: (bytes: number) => void,
  ) => {
    this.most = Math.max(this.most, ++this.running)
    try {
      onSent(content.size / 2)
      const held = this.held
      if (held) await new Promise<void>((resolve) => held.push(resolve))
      const broken = this.failures.shift()
      if (broken) throw broken
      if (signal.aborted) throw new DOMException('', 'AbortError')
      expect(offset).toBe(this.received.get(id))
      this.received.set(id, offset + content.size)
      return offset + content.size
    } finally {
      this.running--
    }
  }

  drop = (id: string) => {
    this.dropped.push(id)
    this.received.delete(id)
    return Promise.resolve()
  }

  wait = (milliseconds: number) => {
    this.pauses.push(milliseconds)
    return Promise.resolve()
  }
}

class MemoryStore implements UploadStore {
  kept: readonly Kept[] = []
  read = () => [...this.kept]
  write = (uploads: readonly Kept[]) => {
    this.kept = uploads
  }
}

const file = (name: string, size = 10) => {
  const content = new File(['x'], name, { lastModified: 5 })
  // Nothing of that size is really read.
  Object.defineProperty(content, 'size', { value: size })
  Object.defineProperty(content, 'slice', {
    value: (from: number, to: number) => ({ size: Math.min(to, size) - from }),
  })
  return { file: content, path: name }
}

let server: FakeServer
let store: MemoryStore
let queue: UploadQueue

const states = () => queue.entries.value.map(({ state }) => state)

beforeEach(() => {
  server = new FakeServer()
  store = new MemoryStore()
  queue = new UploadQueue(server, store)
})

describe('UploadQueue', () => {
  it('sends each file in pieces and tells how far it is', async () => {
    queue.add([file('a.zip', chunkSize * 2 + 5)])
    await flushPromises()
    expect(states()).toEqual(['done'])
    expect(server.received.get('u1')).toBe(chunkSize * 2 + 5)
    expect(queue.sent.value).toBe(queue.size.value)
    expect(queue.isComplete.value).toBe(true)
  })

  it('sends a few at a time', async () => {
    server.hold()
    queue.add(['a', 'b', 'c', 'd', 'e'].map((name) => file(name)))
    await flushPromises()
    expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting', 'waiting'])
    server.release()
    await flushPromises()
    expect(states()).toEqual(['done', 'done', 'done', 'done', 'done'])
    expect(server.most).toBe(3)
  })

  it('adds a file once, however often it is chosen', async () => {
    queue.add([file('a'), file('a')])
    queue.add([file('a')])
    await flushPromises()
    expect(states()).toEqual(['done'])
  })

  it('goes on by itself after the network was gone, and waits longer each time', async () => {
    server.failures = [failure('network', 0), failure('network', 0), failure('unavailable', 503)]
    queue.add([file('a')])
    await flushPromises()
    expect(server.pauses).toEqual([1_000, 2_000, 4_000])
    expect(states()).toEqual(['done'])
  })

  it('stops with the reason when the server refuses, and tries again on request', async () => {
    server.failures = [failure('storage_full', 507)]
    queue.add([file('a')])
    await flushPromises()
    const entry = queue.entries.value[0]!
    expect(entry.state).toBe('failed')
    expect(entry.error).toMatchObject({ code: 'storage_full' })
    queue.resumeOne(entry)
    await flushPromises()
    expect(entry.state).toBe('done')
    expect(entry.error).toBeNull()
  })

  it('does not try for ever where the server answers', async () => {
    server.failures = Array.from({ length: 9 }, () => failure('conflict', 409))
    queue.add([file('a')])
    await flushPromises()
    expect(states()).toEqual(['failed'])
    expect(server.pauses).toHaveLength(5)
  })

  it('pauses one file and lets the next one in', async () => {
    server.hold()
    queue.add(['a', 'b', 'c', 'd'].map((name) => file(name)))
    await flushPromises()
    const [first] = queue.entries.value
    queue.pause(first!)
    await flushPromises()
    expect(states()).toEqual(['paused', 'sending', 'sending', 'sending'])
    server.release()
    await flushPromises()
    expect(states()).toEqual(['paused', 'done', 'done', 'done'])
    queue.resumeOne(first!)
    await flushPromises()
    expect(states()).toEqual(['done', 'done', 'done', 'done'])
  })

  it('removes a file here and at the server', async () => {
    queue.add([file('a'), file('b')])
    await flushPromises()
    await queue.remove(queue.entries.value[0]!)
    expect(queue.entries.value.map(({ path }) => path)).toEqual(['b'])
    expect(server.dropped).toEqual(['u1'])
    await queue.clear()
    expect(queue.entries.value).toEqual([])
    expect(store.kept).toEqual([])
  })

  it('keeps a file that the server does not let go of', async () => {
    queue.add([file('a')])
    await flushPromises()
    server.drop = () => Promise.reject(failure('conflict', 423))
    await expect(queue.remove(queue.entries.value[0]!)).rejects.toMatchObject({ status: 423 })
    expect(queue.entries.value).toHaveLength(1)
  })

  describe('after a reload', () => {
    it('knows what is complete and what waits for its file, which then goes on', async () => {
      server.received.set('u7', 10).set('u8', 4)
      store.kept = [
        { id: 'u7', path: 'a', size: 10, modified: 5, importId: null },
        { id: 'u8', path: 'b', size: 10, modified: 5, importId: null },
        { id: 'gone', path: 'c', size: 10, modified: 5, importId: null },
      ]
      await queue.restore()
      expect(queue.entries.value.map(({ path, state, sent }) => [path, state, sent])).toEqual([
        ['a', 'done', 10],
        ['b', 'lost', 4],
      ])
      queue.add([file('b')])
      await flushPromises()
      expect(states()).toEqual(['done', 'done'])
      expect(server.received.get('u8')).toBe(10)
    })

    it('takes another file of the same name for another file', async () => {
      server.received.set('u8', 4)
      store.kept = [{ id: 'u8', path: 'b', size: 10, modified: 5, importId: null }]
      await queue.restore()
      queue.add([file('b', 11)])
      await flushPromises()
      expect(states()).toEqual(['lost', 'done'])
    })
  })

  it('lets go of what went with its import, and keeps what another one holds now', async () => {
    queue.add([file('a')])
    await flushPromises()
    queue.claim('first')
    queue.claim('second')
    queue.release('first')
    expect(store.kept).toMatchObject([{ id: 'u1', importId: 'second' }])
    queue.add([file('b')])
    await flushPromises()
    queue.release('second')
    expect(queue.entries.value.map(({ path }) => path)).toEqual(['b'])
    expect(store.kept.map(({ id }) => id)).toEqual(['u2'])
  })
})
