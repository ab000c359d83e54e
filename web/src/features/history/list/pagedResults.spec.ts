import { flushPromises } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import type { Result } from '@/api/generated'
import { pageSize } from '@/shared/grid/pages'
import type { HistoryQuery } from '../query/historyQuery'
import { makeResult } from '../records/fixtures'
import { PagedResults } from './pagedResults'

/** A server with results numbered from the newest on; what is read is noted as "after:<cursor>" or "at:<offset>". */
function setUp(count: number, sort: HistoryQuery['sort'] = 'newest') {
  const all: Result[] = Array.from({ length: count }, (_, at) => makeResult({ id: `r${at}` }))
  const reads: string[] = []
  const results = new PagedResults({
    after: (_, cursor) => {
      reads.push(`after:${cursor ?? ''}`)
      const from = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1
      const page = all.slice(from, from + pageSize)
      const isLast = from + pageSize >= all.length
      return Promise.resolve({ results: page, next_cursor: isLast ? null : (page.at(-1)?.id ?? null) })
    },
    at: (_, offset) => {
      reads.push(`at:${offset}`)
      return Promise.resolve(all.slice(offset, offset + pageSize))
    },
  })
  const query: HistoryQuery = { sort }
  return {
    all,
    reads,
    results,
    query,
    ask: async (total = all.length) => {
      await results.ask(query)
      results.setTotal(query, total)
    },
    make: (...ids: string[]) => all.unshift(...ids.map((id) => makeResult({ id }))),
  }
}

describe('PagedResults', () => {
  it('knows how many there are once they were counted, and something to scroll to before', async () => {
    const { results, query } = setUp(450)
    expect(results.count.value).toBeNull()
    await results.ask(query)
    expect(results.count.value).toBe(pageSize + 1)
    results.setTotal(query, 450)
    expect(results.count.value).toBe(450)
  })

  it('does not believe a count for another question', async () => {
    const { results, ask } = setUp(150)
    await ask()
    results.setTotal({ sort: 'oldest' }, 9_000)
    expect(results.count.value).toBe(pageSize + 1)
  })

  it('is led from page to page by cursors', async () => {
    const { results, reads, ask } = setUp(450)
    await ask()
    for (const first of [80, 180, 280, 380]) {
      results.show(first, first + 40)
      await flushPromises()
    }
    expect(reads).toEqual(['after:', 'after:r99', 'after:r199', 'after:r299', 'after:r399'])
    expect(results.idAt(449)).toBe('r449')
    expect(results.count.value).toBe(450)
  })

  it('jumps into the middle of half a million without reading what lies between', async () => {
    const { results, reads, query, all } = setUp(300)
    await results.ask(query)
    results.setTotal(query, 500_000)
    all.push(...Array.from({ length: 400 }, (_, at) => makeResult({ id: `s${at}` })))
    results.show(540, 560)
    await flushPromises()
    expect(reads).toEqual(['after:', 'at:500'])
    expect(results.idAt(550)).toBe('s250')
  })

  it('corrects a count that promised more than there is', async () => {
    const { results, ask } = setUp(120)
    await ask(1_000)
    results.show(900, 940)
    await flushPromises()
    results.show(100, 140)
    await flushPromises()
    expect(results.count.value).toBe(120)
  })

  it('keeps memory within bounds however far one scrolls', async () => {
    const { results, ask } = setUp(pageSize * 60)
    await ask()
    for (let page = 0; page < 60; page++) {
      results.show(page * pageSize, page * pageSize + 50)
      await flushPromises()
    }
    expect(results.pages.ids().length).toBeLessThanOrEqual(pageSize * 32)
    expect(results.resultAt(0)).toBeUndefined()
    results.show(0, 40)
    await flushPromises()
    expect(results.idAt(0)).toBe('r0')
  })

  it('gives up the answer to a question that was followed by another', async () => {
    const { results } = setUp(3)
    const slow = results.ask({ sort: 'oldest' })
    await results.ask({ sort: 'newest' })
    await slow
    expect(results.query.value).toEqual({ sort: 'newest' })
    expect(results.generation.value).toBe(1)
  })

  it('keeps what is shown when a page cannot be read, and says why', async () => {
    const failure = new Error('gone')
    const results = new PagedResults({
      after: () => Promise.resolve({ results: [makeResult({ id: 'a' })], next_cursor: 'a' }),
      at: () => Promise.reject(failure),
    })
    const query: HistoryQuery = { sort: 'newest' }
    await results.ask(query)
    results.setTotal(query, 900)
    results.show(400, 420)
    await flushPromises()
    expect(results.error.value).toBe(failure)
    expect(results.idAt(0)).toBe('a')
  })
})

describe('results made meanwhile', () => {
  it('appear where the top of the list is being looked at', async () => {
    const { results, ask, make } = setUp(250)
    const moved = vi.fn()
    results.onMoved = moved
    await ask()
    make('n1', 'n2')
    await results.lookForNew()
    expect([results.idAt(0), results.idAt(1), results.idAt(2)]).toEqual(['n1', 'n2', 'r0'])
    expect(moved).toHaveBeenCalledWith(2)
    expect(results.arrivals.value).toBe(0)
  })

  it('wait above the list while something further down is being looked at', async () => {
    const { results, ask, make, query } = setUp(450)
    results.isAtTop = () => false
    await ask()
    results.show(180, 220)
    await flushPromises()
    const before = results.idAt(200)
    make('n1', 'n2', 'n3')
    await results.lookForNew()
    results.setTotal(query, 453)
    expect(results.arrivals.value).toBe(3)
    expect(results.idAt(0)).toBe('r0')
    expect(results.idAt(200)).toBe(before)
    expect(results.count.value).toBe(450)
  })

  it('do not shift pages that are read while they wait', async () => {
    const { results, ask, make } = setUp(450)
    results.isAtTop = () => false
    await ask()
    make('n1', 'n2', 'n3')
    await results.lookForNew()
    results.show(340, 360)
    await flushPromises()
    expect(results.idAt(350)).toBe('r350')
  })

  it('are shown when they are asked for', async () => {
    const { results, ask, make, query } = setUp(10)
    results.isAtTop = () => false
    await ask()
    make('n1')
    await results.lookForNew()
    await results.ask(query)
    expect(results.idAt(0)).toBe('n1')
    expect(results.arrivals.value).toBe(0)
  })

  it('find their place in another order by reading again', async () => {
    const { results, ask, make } = setUp(10, 'rating')
    await ask()
    make('n1')
    await results.lookForNew()
    expect(results.idAt(0)).toBe('n1')
  })

  it('are not missed when they end while the first answer is on its way', async () => {
    const { results, query, reads } = setUp(10)
    const asking = results.ask(query)
    await results.lookForNew()
    await asking
    await flushPromises()
    expect(reads).toEqual(['after:', 'after:'])
  })
})

describe('results that change', () => {
  it('close the gap of one that was deleted', async () => {
    const { results, ask, all, query } = setUp(150)
    await ask()
    results.show(0, 40)
    all.splice(5, 1)
    await results.refresh(['r5'])
    results.setTotal(query, 149)
    expect(results.idAt(5)).toBe('r6')
    expect(results.count.value).toBe(149)
  })

  it('leave pages before the first of them where they are', async () => {
    const { results, ask, all, reads } = setUp(450)
    await ask()
    results.show(90, 140)
    await flushPromises()
    results.show(200, 240)
    await flushPromises()
    all.splice(210, 1)
    reads.length = 0
    await results.refresh(['r210'])
    expect(reads).toEqual(['after:r199'])
    expect(results.idAt(0)).toBe('r0')
    expect(results.idAt(210)).toBe('r211')
  })

  it('keep the reader where he is when something before was deleted elsewhere', async () => {
    const { results, ask, all } = setUp(450)
    const moved = vi.fn()
    results.onMoved = moved
    await ask()
    results.show(320, 350)
    await flushPromises()
    all.splice(0, 4)
    await results.refresh(null)
    expect(moved).toHaveBeenCalledWith(-4)
  })

  it('are selected in ranges that reach over pages that were never shown', async () => {
    const { results, ask } = setUp(450)
    await ask()
    const ids = await results.idsBetween(95, 305)
    expect(ids).toHaveLength(211)
    expect([ids[0], ids.at(-1)]).toEqual(['r95', 'r305'])
  })
})
