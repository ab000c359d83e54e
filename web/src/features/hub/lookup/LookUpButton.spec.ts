import { describe, expect, it, vi } from 'vitest'
import '@/shared/testingTexts'
import { makeLookUps, makeOverview } from '../fixtures'
import { press, useHubServer } from '../testing'
import LookUpButton from './LookUpButton.vue'

vi.mock('@/live/useLive', async () => ({ useLive: (await import('../testing')).live.listen }))

const { answer, sent, open } = useHubServer()
const all = (...except: string[]) => ({ kind: 'all' as const, except: new Set(except), anchor: null })

describe('looking a selection up', () => {
  it('names the adapters that are selected', async () => {
    answer('POST /hub/lookup', () => makeLookUps({ running: true }))
    await open(LookUpButton, { selection: { kind: 'some', ids: new Set(['a', 'b']), anchor: null }, q: '' })
    await press('Look up at hubs')
    expect(sent('POST /hub/lookup')[0]?.body).toEqual({ adapter_ids: ['a', 'b'], force: true })
  })

  it('asks for everything without naming it', async () => {
    answer('POST /hub/lookup', () => makeLookUps({ running: true }))
    await open(LookUpButton, { selection: all(), q: '' })
    await press('Look up at hubs')
    expect(sent('POST /hub/lookup')[0]?.body).toEqual({ all: true, force: true })
  })

  it('has the server name all that match but a few, page by page', async () => {
    answer('POST /hub/lookup', () => makeLookUps({ running: true }))
    answer('GET /adapters', ({ query }) =>
      query.after
        ? { items: [{ id: 'c' }], next_cursor: null }
        : { items: [{ id: 'a' }, { id: 'b' }], next_cursor: 'n' },
    )
    await open(LookUpButton, { selection: all('b'), q: 'base:sdxl' })
    await press('Look up at hubs')
    expect(sent('POST /hub/lookup')[0]?.body).toEqual({ adapter_ids: ['a', 'c'], force: true })
    expect(sent('GET /adapters').map(({ query }) => query.q)).toEqual(['base:sdxl', 'base:sdxl'])
  })

  it('is not there while no hub is set up', async () => {
    answer('GET /hub', () => makeOverview(false))
    const { wrapper } = await open(LookUpButton, { selection: all(), q: '' })
    expect(wrapper.find('button').exists()).toBe(false)
  })
})
