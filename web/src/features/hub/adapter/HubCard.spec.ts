import { describe, expect, it, vi } from 'vitest'
import type { AdapterHub } from '@/api/generated'
import { useToasts } from '@/shared/toasts'
import '@/shared/testingTexts'
import { makeLookUps, makeOverview, makeSnapshot, makeVersion } from '../fixtures'
import { buttonOf, live, pick, press, refusal, useHubServer } from '../testing'
import HubCard from './HubCard.vue'

vi.mock('@/live/useLive', async () => ({ useLive: (await import('../testing')).live.listen }))

const { answer, sent, open } = useHubServer()
const nothing: AdapterHub = { snapshot: null, model: null, newer: [], ignored: [], fields: [] }
const adapter = { id: 'a', name: 'Ink', file_state: 'ok' }
const show = (about: Partial<AdapterHub>) => {
  answer('GET /adapters/a/hub', () => ({ ...nothing, ...about }))
  return open(HubCard, { adapter })
}

describe('the card of what a hub says', () => {
  it('says calmly how hubs are turned on, without a button', async () => {
    answer('GET /hub', () => makeOverview(false))
    const { wrapper } = await show({})
    expect(wrapper.text()).toContain('Set civitai-url, civarchive-url or huggingface-url')
    expect(wrapper.findAll('button')).toHaveLength(0)
  })

  it('looks the adapter up, and reads what came when the hub has answered', async () => {
    const { wrapper } = await show({})
    expect(wrapper.text()).toContain('Not looked up yet.')
    answer('POST /hub/lookup', () => makeLookUps({ running: true, started_at: '2026-01-01T00:00:00Z' }))
    await press('Look up')
    expect(sent('POST /hub/lookup')[0]?.body).toEqual({ adapter_ids: ['a'], force: true })
    answer('GET /adapters/a/hub', () => ({ ...nothing, snapshot: makeSnapshot() }))
    await live.send({ hub_changed: { adapter_ids: ['a'] } })
    expect(wrapper.text()).toContain('Ink Wash')
  })

  it('tells why a look-up was not begun, and can be asked again', async () => {
    await show({})
    answer('POST /hub/lookup', () => refusal('conflict', 'A look-up is running.'))
    await press('Look up')
    expect(useToasts().value.at(-1)?.detail).toBe('A look-up is running.')
    expect(buttonOf('Look up').getAttribute('aria-busy')).not.toBe('true')
  })

  it.each([
    ['absent', { state: 'absent' as const, version: null }, 'No hub that is set up knows this file.'],
    ['gone', { state: 'gone' as const }, 'Civitai no longer has it. This is kept from'],
    [
      'failed',
      { state: 'failed' as const, version: null, error: 'It sent a web page.' },
      'It sent a web page.',
    ],
  ])('says that a file is %s', async (_, given, text) => {
    const { wrapper } = await show({ snapshot: makeSnapshot(given) })
    expect(wrapper.text()).toContain(text)
  })

  it('shows example pictures as links only, and none that is not safe to open', async () => {
    const image = { width: 64, height: 96, nsfw_level: 1, video: false, prompt: '' }
    const images = ['https://image.test/1.png', 'javascript:alert(1)'].map((url) => ({ ...image, url }))
    const { wrapper } = await show({ snapshot: makeSnapshot({ version: makeVersion({ images }) }) })
    expect(wrapper.findAll('details a').map((link) => link.attributes('href'))).toEqual([images[0]?.url])
    expect(wrapper.find('img').exists()).toBe(false)
  })

  it('takes over what is chosen, leaves what the user set, and can undo it', async () => {
    const fields = [
      { field: 'description', source: '' as const, here: null, there: 'Brush strokes' },
      { field: 'tags', source: 'user' as const, here: ['mine'], there: ['ink'] },
    ]
    await show({ snapshot: makeSnapshot(), fields })
    answer('POST /adapters/a/hub/apply', () => ({ adapter, undo_id: 'u1' }))
    answer('POST /undo/u1', () => ({}))
    await press('Take over 1 field')
    expect(sent('POST /adapters/a/hub/apply')[0]?.body).toEqual({ fields: ['description'] })
    const toast = useToasts().value.at(-1)
    expect(toast?.title).toBe('1 field of Ink taken over')
    expect(toast?.action?.label).toBe('Undo')
  })

  it('leaves a version out of sight and brings it back', async () => {
    const newer = [{ version_id: '5002', name: 'v2', base_model: 'SDXL 1.0', published_at: null }]
    await show({ snapshot: makeSnapshot(), newer })
    answer('POST /hub/ignored', () => null)
    answer('DELETE /hub/ignored', () => null)
    await pick('More for v2', 'Ignore this version', () => {
      expect(sent('POST /hub/ignored')).toHaveLength(1)
    })
    const word = { hub: 'civitai', model_id: '1001', version_id: '5002' }
    expect(sent('POST /hub/ignored')[0]?.body).toEqual(word)
    await useToasts().value.at(-1)?.action?.run()
    expect(sent('DELETE /hub/ignored')[0]?.body).toEqual(word)
  })

  it('shows the reason when it cannot be read, and reads again', async () => {
    answer('GET /adapters/a/hub', () => refusal('internal', 'The database is busy.', 500))
    const { wrapper } = await open(HubCard, { adapter })
    expect(wrapper.text()).toContain('The database is busy.')
    answer('GET /adapters/a/hub', () => nothing)
    await press('Try again')
    await vi.waitFor(() => {
      expect(wrapper.text()).toContain('Not looked up yet.')
    })
  })
})
