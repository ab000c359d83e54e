import { describe, expect, it, vi } from 'vitest'
import { settled } from '@/shared/testing'
import { makeTransfer } from '../fixtures'
import { buttonOf, press, useTransferServer } from '../testing'
import ExportPart from './ExportPart.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

const { current, open } = useTransferServer()

const ready = {
  id: 'e1',
  state: 'ready' as const,
  error: '',
  parts: [
    { number: 1, name: 'library-1.zip', size_bytes: 1024, url: '/api/v1/exports/e1/parts/1' },
    { number: 2, name: 'library-2.zip', size_bytes: 2048, url: '/api/v1/exports/e1/parts/2' },
  ],
  notes: ['One file was larger than a part.'],
  expires_at: '2026-01-02T00:00:00Z',
}

describe('the export', () => {
  it('says how large it will be, and asks again when something is left out', async () => {
    const { wrapper } = await open(ExportPart)
    await vi.waitFor(() => {
      expect(wrapper.text()).toContain('1 GB')
    })
    expect(wrapper.text()).toContain('about 1 min 43 sec')
    const box = wrapper.findAll('label').find((label) => label.text() === 'Adapter files')!
    await wrapper.get(`[id="${box.attributes('for')!}"]`).trigger('click')
    await vi.waitFor(() => {
      expect(current.server.sent('/export/estimate').at(-1)?.body).toMatchObject({ lora_files: false })
    })
  })

  it('takes what was chosen in the library, and everything on request', async () => {
    const { wrapper, router } = await open(ExportPart, '/transfer/export?ids=a,b')
    expect(wrapper.text()).toContain('The 2 adapters you selected')
    await press('Take all adapters')
    expect(router.currentRoute.value.fullPath).toBe('/transfer/export')
  })

  it('packs what the form says and offers each part as a link', async () => {
    current.server.planned = ready
    const { wrapper, router } = await open(ExportPart, '/transfer/export?q=base:sdxl')
    await press('Export')
    expect(current.server.sent('/exports')[0]?.body).toMatchObject({ loras: true, search: 'base:sdxl' })
    expect(router.currentRoute.value.query).toMatchObject({ export: 'e1', q: 'base:sdxl' })
    const links = wrapper.findAll('a[download]').map((link) => link.attributes('href'))
    expect(links).toEqual(['/api/v1/exports/e1/parts/1', '/api/v1/exports/e1/parts/2'])
    expect(wrapper.text()).toContain('One file was larger than a part.')
  })

  it('does not send a form that lacks something, and says what', async () => {
    const { wrapper } = await open(ExportPart)
    const way = wrapper.findAll('select').at(-1)!
    await way.setValue('passphrase')
    await press('Export')
    expect(wrapper.text()).toContain('Use at least 8 characters.')
    expect(current.server.sent('/exports')).toHaveLength(0)
  })

  it('shows why the server refuses', async () => {
    const refusal = { code: 'storage_full', detail: 'There is no room for the encrypted archive.' }
    current.server.instead.set('POST /exports', Response.json(refusal, { status: 507 }))
    const { wrapper } = await open(ExportPart)
    await press('Export')
    expect(wrapper.get('[role=alert]').text()).toBe(refusal.detail)
  })

  it('discards an export once that was confirmed', async () => {
    current.server.planned = ready
    const { router } = await open(ExportPart, '/transfer/export?export=e1')
    await press('Discard this export')
    const [, confirm] = [...document.querySelectorAll('button')].filter(
      (button) => button.textContent.trim() === 'Discard this export',
    )
    confirm!.click()
    await settled()
    expect(current.server.sent('/exports/e1').map(({ method }) => method)).toEqual(['DELETE'])
    expect(router.currentRoute.value.query).toEqual({})
  })

  it('leads back from an export that is no longer there', async () => {
    const { wrapper } = await open(ExportPart, '/transfer/export?export=gone')
    expect(wrapper.text()).toContain('This export is no longer there')
    await press('New export')
    await vi.waitFor(() => {
      expect(buttonOf('Export')).toBeTruthy()
    })
  })

  it('waits for one that is being encrypted', async () => {
    current.server.planned = { ...ready, state: 'preparing', parts: [] }
    current.server.transfers = [makeTransfer({ kind: 'export' })]
    const { wrapper } = await open(ExportPart, '/transfer/export?export=e1')
    expect(wrapper.text()).toContain('It is being encrypted.')
    expect(wrapper.find('a[download]').exists()).toBe(false)
  })
})
