import { beforeEach, describe, expect, it } from 'vitest'
import type { Adapter } from '@/api/generated'
import { ApiError, type ErrorCode } from '@/api/problem'
import { EditQueue } from './editQueue'
import type { EditStore } from './editStore'
import type { KeptEdit, Values } from './keptEdit'

class MemoryStore implements EditStore {
  readonly edits = new Map<string, KeptEdit>()
  private readonly key = ({ owner, adapterId }: KeptEdit) => `${owner}/${adapterId}`
  all = () => Promise.resolve([...this.edits.values()])
  put = (edit: KeptEdit) => Promise.resolve(void this.edits.set(this.key(edit), edit))
  remove = (edit: KeptEdit) => Promise.resolve(void this.edits.delete(this.key(edit)))
}

function failure(code: ErrorCode, detail = ''): ApiError {
  return new ApiError(0, { code, detail, errors: [], requestId: null })
}

/** A server with adapters, which can be away or refuse. */
class Server {
  readonly adapters = new Map<string, Values>()
  readonly sent: [string, Values][] = []
  refusal: ApiError | null = null

  read = (id: string) => {
    const adapter = this.adapters.get(id)
    if (this.refusal) return Promise.reject(this.refusal)
    return adapter
      ? Promise.resolve(adapter)
      : Promise.reject(failure('not_found', 'There is no such adapter.'))
  }
  send = (id: string, change: Values) => {
    this.sent.push([id, change])
    this.adapters.set(id, { ...this.adapters.get(id), ...change })
    return Promise.resolve()
  }
}

const adapterOf = (id: string, values: Values) => ({ id, name: `Adapter ${id}`, ...values }) as Adapter

describe('edits made without the server', () => {
  let store: MemoryStore
  let server: Server
  let owner: string
  let queue: EditQueue

  beforeEach(() => {
    store = new MemoryStore()
    server = new Server()
    owner = '7'
    queue = new EditQueue({ store, server, owner: () => owner })
    server.adapters.set('a', { rating: 2, notes: 'old', tags: ['one'], favorite: false })
  })

  /** Keeps a change of what the server holds now, as a page that shows it does. */
  const keep = (id: string, change: Values) =>
    queue.keep(adapterOf(id, server.adapters.get(id) ?? {}), change)

  it('show in the adapter at once and reach the server when it is back', async () => {
    await keep('a', { rating: 5 })
    expect(queue.over(adapterOf('a', { rating: 2 })).rating).toBe(5)
    expect(await queue.replay()).toBe(1)
    expect(server.sent).toEqual([['a', { rating: 5 }]])
    expect(queue.own.value).toEqual([])
  })

  it('of one adapter are one, which remembers what there was before the first', async () => {
    await keep('a', { notes: 'first' })
    await queue.keep(queue.over(adapterOf('a', { notes: 'old', rating: 2 })), { notes: 'second' })
    await keep('a', { rating: 4 })
    expect(queue.own.value).toMatchObject([
      { change: { notes: 'second', rating: 4 }, before: { notes: 'old', rating: 2 } },
    ])
    await queue.replay()
    expect(server.sent).toEqual([['a', { notes: 'second', rating: 4 }]])
  })

  it('that are taken back leave nothing to send', async () => {
    await keep('a', { favorite: true })
    await queue.keep(adapterOf('a', { favorite: true }), { favorite: false })
    expect(queue.own.value).toEqual([])
  })

  it('stay when the server goes away again, in the order in which they were made', async () => {
    server.adapters.set('b', { rating: 0 })
    await keep('a', { rating: 5 })
    await keep('b', { rating: 1 })
    server.refusal = failure('network')
    await queue.replay()
    expect(queue.own.value.map(({ adapterId }) => adapterId)).toEqual(['a', 'b'])
    server.refusal = null
    await queue.replay()
    expect(server.sent.map(([id]) => id)).toEqual(['a', 'b'])
  })

  it('are found again by another tab and after a restart', async () => {
    await keep('a', { rating: 5 })
    const other = new EditQueue({ store, server, owner: () => owner })
    await other.load()
    expect(other.of('a')?.change).toEqual({ rating: 5 })
  })

  it('wait for their own account and are never sent by another one', async () => {
    await keep('a', { rating: 5 })
    owner = '8'
    expect(queue.own.value).toEqual([])
    await queue.replay()
    expect(server.sent).toEqual([])
    owner = '7'
    await queue.replay()
    expect(server.sent).toHaveLength(1)
  })

  it('that the server already has are not sent again', async () => {
    await keep('a', { rating: 5 })
    server.adapters.set('a', { rating: 5 })
    await queue.replay()
    expect([server.sent, queue.own.value]).toEqual([[], []])
  })

  describe('of what somebody else has changed as well', () => {
    beforeEach(async () => {
      await keep('a', { notes: 'mine', rating: 5 })
      server.adapters.set('a', { notes: 'theirs', rating: 2 })
      await queue.replay()
    })

    it('overwrite nothing: the rest is sent, and both values are shown', () => {
      expect(server.sent).toEqual([['a', { rating: 5 }]])
      expect(queue.undecided.value).toMatchObject([
        { change: { notes: 'mine' }, theirs: { notes: 'theirs' } },
      ])
      expect(queue.over(adapterOf('a', { notes: 'theirs' })).notes).toBe('theirs')
    })

    it('are sent when the reader says so', async () => {
      await queue.decide(queue.own.value[0]!, 'notes', 'mine')
      await queue.replay()
      expect(server.sent.at(-1)).toEqual(['a', { notes: 'mine' }])
      expect(queue.own.value).toEqual([])
    })

    it('ask again when the value changed once more before that', async () => {
      await queue.decide(queue.own.value[0]!, 'notes', 'mine')
      server.adapters.set('a', { notes: 'theirs, again', rating: 5 })
      await queue.replay()
      expect(queue.undecided.value).toMatchObject([{ theirs: { notes: 'theirs, again' } }])
    })

    it('go when the reader prefers what the server has', async () => {
      await queue.decide(queue.own.value[0]!, 'notes', 'theirs')
      await queue.replay()
      expect(server.sent).toHaveLength(1)
      expect(queue.own.value).toEqual([])
    })

    it('can be discarded and brought back', async () => {
      const edit = queue.own.value[0]!
      await queue.discard(edit)
      expect(queue.own.value).toEqual([])
      await queue.restore(edit)
      expect(queue.own.value).toEqual([edit])
    })
  })

  it('that the server refuses stay with its reason, and do not hold up others', async () => {
    server.adapters.set('b', { rating: 0 })
    await keep('gone', { rating: 5 })
    await keep('b', { rating: 1 })
    await queue.replay()
    expect(queue.undecided.value).toMatchObject([{ adapterId: 'gone', refusal: 'There is no such adapter.' }])
    expect(server.sent).toEqual([['b', { rating: 1 }]])
  })
})
