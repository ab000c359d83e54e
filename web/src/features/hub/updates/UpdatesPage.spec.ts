import { describe, expect, it, vi } from 'vitest'
import type { HubUpdate } from '@/api/generated'
import '@/shared/testingTexts'
import { makeLookUps, makeOverview, makePeek } from '../fixtures'
import { live, pick, press, refusal, useHubServer } from '../testing'
import UpdatesPage from './UpdatesPage.vue'

vi.mock('@/live/useLive', async () => ({ useLive: (await import('../testing')).live.listen }))

const { answer, sent, open } = useHubServer()
const update = (id: string): HubUpdate => ({
  adapter_id: id,
  name: `Adapter ${id}`,
  hub: 'civitai',
  model_id: '1001',
  version_id: '5001',
  version_name: 'v1',
  newer: [{ version_id: '5002', name: 'v2', base_model: 'SDXL 1.0', published_at: null }],
})

describe('the updates', () => {
  it('come a page at a time', async () => {
    answer('GET /hub/updates', ({ query }) =>
      query.after ? { updates: [update('b')], next: null } : { updates: [update('a')], next: 'n' },
    )
    const { wrapper } = await open(UpdatesPage)
    await press('Show more')
    expect(wrapper.findAll('h2').map((one) => one.text())).toEqual(['Adapter a', 'Adapter b'])
    expect(wrapper.text()).not.toContain('Show more')
  })

  it('are looked at before they are downloaded', async () => {
    answer('GET /hub/updates', () => ({ updates: [update('a')], next: null }))
    answer('POST /hub/peek', () => makePeek())
    await open(UpdatesPage)
    await press('Download v2')
    await vi.waitFor(() => {
      expect(sent('POST /hub/peek')[0]?.body).toEqual({
        hub: 'civitai',
        model_id: '1001',
        version_id: '5002',
      })
    })
  })

  it('leave a model out on request and read the list again', async () => {
    answer('GET /hub/updates', () => ({ updates: [update('a')], next: null }))
    answer('POST /hub/ignored', () => null)
    const { wrapper } = await open(UpdatesPage)
    answer('GET /hub/updates', () => ({ updates: [], next: null }))
    await pick('More for v2', 'Ignore this model', () => {
      expect(sent('POST /hub/ignored')[0]?.body).toEqual({ hub: 'civitai', model_id: '1001' })
    })
    expect(wrapper.text()).toContain('No updates')
  })

  it('show how a look-up goes, and it can be ended', async () => {
    answer('GET /hub/updates', () => ({ updates: [], next: null }))
    answer('GET /hub', () => makeOverview(true, makeLookUps({ pending: 4 })))
    const begun = makeLookUps({ running: true, total: 4, started_at: '2026-01-01T00:00:00Z' })
    answer('POST /hub/lookup', () => begun)
    answer('POST /hub/lookup/cancel', () => begun)
    const { wrapper } = await open(UpdatesPage)
    await press('Look up')
    expect(sent('POST /hub/lookup')[0]?.body).toEqual({ all: true, force: false })
    await live.send({ lookup_progress: { ...begun, done: 2, found: 1, absent: 1 } })
    expect(wrapper.text()).toContain('2 of 4')
    expect(wrapper.text()).toContain('1 found · 1 not known')
    await press('Cancel the look-up')
    expect(sent('POST /hub/lookup/cancel')).toHaveLength(1)
  })

  it('say why they cannot be read', async () => {
    answer('GET /hub/updates', () => refusal('internal', 'The database is busy.', 500))
    const { wrapper } = await open(UpdatesPage)
    expect(wrapper.text()).toContain('The database is busy.')
  })
})
