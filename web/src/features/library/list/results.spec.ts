import { describe, expect, it, vi } from 'vitest'
import type { Adapter } from '@/api/generated'
import { makeAdapter } from '../catalog/fixtures'
import { pageSize } from '@/shared/grid/pages'
import { type ListPage, type ListQuery, Results } from './results'

const all: ListQuery = { q: '', sort: 'name', order: 'asc' }
const settled = () => new Promise((resolve) => setTimeout(resolve))

function makeServer(size: number) {
  const library = Array.from({ length: size }, (_, index) => makeAdapter({ id: `a${String(index)}` }))
  const asked: number[] = []
  const signals: AbortSignal[] = []
  const read = vi.fn((query: ListQuery, page: number, signal: AbortSignal): Promise<ListPage> => {
    asked.push(page)
    signals.push(signal)
    const matching = library.filter((adapter) => adapter.name.includes(query.q))
    const items = matching.slice(page * pageSize, (page + 1) * pageSize)
    return Promise.resolve({ items, total: library.length, filtered: matching.length })
  })
  return { library, asked, signals, read, results: new Results(read) }
}

describe('Results', () => {
  it('fetches only what is shown after a jump into the middle of a hundred thousand', async () => {
    const { results, asked } = makeServer(100_000)
    await results.ask(all)
    results.show(0, 30)
    results.show(40_010, 40_040)
    await settled()
    expect(asked).toEqual([0, 400])
    expect(results.adapterAt(40_010)?.id).toBe('a40010')
    expect(results.adapterAt(20_000)).toBeUndefined()
    expect(results.count.value).toBe(100_000)
  })

  it('gives up requests for pages that left the screen', async () => {
    const { results, signals } = makeServer(10_000)
    await results.ask(all)
    results.show(1_000, 1_020)
    results.show(5_000, 5_020)
    expect(signals.map((signal) => signal.aborted)).toEqual([false, true, false])
    await settled()
    expect(results.adapterAt(1_000)).toBeUndefined()
    expect(results.error.value).toBeNull()
  })

  it('does not ask twice for a page that is at hand or on its way', async () => {
    const { results, asked } = makeServer(1_000)
    await results.ask(all)
    results.show(250, 270)
    results.show(251, 271)
    await settled()
    results.show(250, 270)
    expect(asked).toEqual([0, 2])
  })

  it('goes on reading the page ahead while the reader stays within a row', async () => {
    const { results, asked, signals } = makeServer(1_000)
    await results.ask(all)
    results.show(50, 70)
    results.show(60, 80)
    results.show(60, 80)
    await settled()
    expect(asked).toEqual([0, 1])
    expect(signals.some((signal) => signal.aborted)).toBe(false)
  })

  it('reads again what changed while its first answer was on its way', async () => {
    const { results, library } = makeServer(64)
    const answered = results.ask(all)
    library.push(...makeServer(36).library)
    await results.refresh()
    await answered
    await settled()
    expect(results.count.value).toBe(100)
  })

  it('answers the last question only, and keeps what is shown until then', async () => {
    const { results } = makeServer(300)
    await results.ask(all)
    const slow = results.ask({ ...all, q: 'Adapter a1' })
    expect(results.adapterAt(0)?.id).toBe('a0')
    const last = results.ask({ ...all, q: 'Adapter a29' })
    await Promise.all([slow, last])
    expect(results.count.value).toBe(11)
    expect(results.adapterAt(0)?.id).toBe('a29')
  })

  it('shows what the server says when a question fails, and recovers on retry', async () => {
    const { results, read } = makeServer(10)
    read.mockRejectedValueOnce(new Error('The disk is full.'))
    await results.ask(all)
    expect(results.error.value).toEqual(new Error('The disk is full.'))
    expect(results.isAsking.value).toBe(false)
    results.retry()
    await settled()
    expect(results.error.value).toBeNull()
    expect(results.count.value).toBe(10)
  })

  it('tells by how much the list moved under the reader when it is read again', async () => {
    const { results, library } = makeServer(1_000)
    await results.ask(all)
    results.show(150, 170)
    await settled()
    const moved = vi.fn()
    results.onMoved = moved
    library.unshift(...['x', 'y'].map((id): Adapter => makeAdapter({ id })))
    await results.refresh()
    expect(moved).toHaveBeenCalledWith(2)
    expect(results.count.value).toBe(1_002)
  })

  it('stays at the top while new adapters appear there', async () => {
    const { results, library } = makeServer(50)
    await results.ask(all)
    results.show(0, 20)
    const moved = vi.fn()
    results.onMoved = moved
    library.unshift(makeAdapter({ id: 'new' }))
    await results.refresh()
    expect(moved).not.toHaveBeenCalled()
    expect(results.adapterAt(0)?.id).toBe('new')
  })

  it('names a range that reaches over pages it has not read', async () => {
    const { results, asked } = makeServer(1_000)
    await results.ask(all)
    const ids = await results.idsBetween(95, 305)
    expect(ids).toHaveLength(211)
    expect([ids[0], ids.at(-1)]).toEqual(['a95', 'a305'])
    expect(asked).toEqual([0, 1, 2, 3])
  })

  it('forgets pages shown long ago, so that memory does not grow with scrolling', async () => {
    const { results } = makeServer(20_000)
    await results.ask(all)
    for (let index = 0; index < 20_000; index += pageSize) {
      results.show(index, index + 20)
      await settled()
    }
    expect(results.loadedIds().length).toBeLessThanOrEqual(42 * pageSize)
    expect(results.adapterAt(0)).toBeUndefined()
    expect(results.adapterAt(19_900)?.id).toBe('a19900')
  })
})
