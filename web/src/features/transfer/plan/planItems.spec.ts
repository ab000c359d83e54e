import { describe, expect, it } from 'vitest'
import { makeItem } from '../fixtures'
import { type Action, PlanItems } from './planItems'

/** A plan of as many items, of which the server hands out ten at a time. */
function planOf(length: number) {
  const all = Array.from({ length }, (_, at) =>
    makeItem(`k${at}`, { action: at % 2 ? 'conflict' : 'create' }),
  )
  const asked: [Action | null, string | undefined][] = []
  const server = { failure: null as Error | null }
  const items = new PlanItems((action, after) => {
    asked.push([action, after])
    if (server.failure) return Promise.reject(server.failure)
    const wanted = all.filter((item) => action === null || item.action === action)
    const from = after === undefined ? 0 : wanted.findIndex(({ key }) => key === after) + 1
    const page = wanted.slice(from, from + 10)
    const last = page.at(-1)
    return Promise.resolve({ items: page, next: last && from + 10 < wanted.length ? last.key : null })
  })
  return { items, asked, server, all }
}

describe('PlanItems', () => {
  it('reads on page by page until there is no more', async () => {
    const { items, asked } = planOf(25)
    await items.ask(null)
    expect(items.items.value).toHaveLength(10)
    await items.more()
    await items.more()
    await items.more()
    expect(items.items.value).toHaveLength(25)
    expect(items.hasMore.value).toBe(false)
    expect(asked.map(([, after]) => after)).toEqual([undefined, 'k9', 'k19'])
  })

  it('starts anew for another action', async () => {
    const { items } = planOf(25)
    await items.ask(null)
    await items.ask('conflict')
    expect(items.items.value.every(({ action }) => action === 'conflict')).toBe(true)
    expect(items.items.value[0]?.key).toBe('k1')
  })

  it('does not mix the answer of an old question into the new one', async () => {
    const { items } = planOf(25)
    const old = items.ask(null)
    await items.ask('conflict')
    await old
    expect(items.items.value.every(({ action }) => action === 'conflict')).toBe(true)
  })

  it('keeps the place when it reads again', async () => {
    const { items, all } = planOf(25)
    await items.ask(null)
    await items.more()
    all[3] = { ...all[3]!, policy: 'keep' }
    await items.refresh()
    expect(items.items.value).toHaveLength(20)
    expect(items.items.value[3]?.policy).toBe('keep')
    await items.more()
    expect(items.items.value).toHaveLength(25)
  })

  it('keeps what it has when reading on fails, and reads on later', async () => {
    const { items, server } = planOf(25)
    await items.ask(null)
    server.failure = new Error('gone')
    await items.more()
    expect(items.error.value).toBe(server.failure)
    expect(items.items.value).toHaveLength(10)
    server.failure = null
    await items.more()
    expect(items.error.value).toBeNull()
    expect(items.items.value).toHaveLength(20)
  })

  it('is empty only once that is known', async () => {
    const { items } = planOf(0)
    expect(items.isEmpty.value).toBe(false)
    await items.ask(null)
    expect(items.isEmpty.value).toBe(true)
  })
})
