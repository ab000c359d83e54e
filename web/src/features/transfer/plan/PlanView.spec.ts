import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { settled } from '@/shared/testing'
import { makeItem, makeTransfer } from '../fixtures'
import { buttonOf, press, useTransferServer } from '../testing'
import PlanView from './PlanView.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))
// Nothing has a size here, and a list without one draws nothing.
vi.mock('@vueuse/core', async (original) => ({
  ...(await original<typeof import('@vueuse/core')>()),
  useElementSize: () => ({ width: ref(800), height: ref(600) }),
}))

const { current, open } = useTransferServer()
const counts = {
  create: 1,
  update: 0,
  conflict: 1,
  same: 0,
  skip: 0,
  files: 1,
  file_bytes: 2048,
  compositions: 2,
  jobs: 0,
  images: 0,
  settings: 0,
}
const found = { policy: 'ask' as const, create: 1, update: 0, conflict: 1, same: 0, skip: 0 }
const changes = [{ field: 'notes', here: 'mine', there: null }]

beforeEach(() => {
  const { server } = current
  server.transfers = [makeTransfer({ id: 'p1', state: 'planned', counts, plan: found })]
  server.items = [
    makeItem('new', { name: 'Ink' }),
    makeItem('both', { name: 'Wash', action: 'conflict', differs: changes, file_action: 'present' }),
  ]
})

const show = () => open(PlanView, '/transfer/import?plan=p1', { id: 'p1', backLabel: 'Back' })
const choose = async (box: HTMLSelectElement, value: string) => {
  box.value = value
  box.dispatchEvent(new Event('change'))
  await settled()
}

describe('the plan of an import', () => {
  it('counts what was found, and shows one kind at a time', async () => {
    const { wrapper } = await show()
    expect(wrapper.text()).toMatch(/All\s*2.*New\s*1.*Conflicts\s*1/)
    const filter = wrapper.findAll('button[aria-pressed]').find((one) => one.text().startsWith('Conflicts'))!
    await filter.trigger('click')
    await settled()
    expect(current.server.calls.at(-1)).toMatchObject({ query: { action: 'conflict' } })
  })

  it('cannot be applied before each conflict has its word', async () => {
    const { wrapper } = await show()
    expect(buttonOf('Import …').disabled).toBe(true)
    expect(wrapper.text()).toContain('1 conflict waits for your decision')
  })

  it('decides for all, and then names what it would write', async () => {
    const { wrapper } = await show()
    const all = wrapper.findAll('select')[0]!.element
    const { server } = current
    Object.assign(server.transfers[0]!, {
      counts: { ...counts, conflict: 0, update: 1 },
      plan: { ...found, policy: 'replace' },
    })
    await choose(all, 'replace')
    expect(server.sent('/imports/p1')[0]?.body).toEqual({ policy: 'replace' })
    await press('Import …')
    const dialog = document.querySelector('[role=alertdialog]')!
    expect(dialog.textContent).toContain(
      'This writes 1 new adapter, changes to 1 adapter, 1 adapter file, and 2 compositions.',
    )
    expect(dialog.textContent).toContain('A restore point is made')
    await press('Import')
    expect(server.sent('/imports/p1/apply')).toHaveLength(1)
    expect(wrapper.text()).toContain('Verifying every checksum')
  })

  it('shows both sides of a field', async () => {
    const { wrapper } = await show()
    const row = wrapper.findAll('[role=listitem] button').find((one) => one.text().includes('Wash'))!
    await row.trigger('click')
    await settled()
    const dialog = document.querySelector('[role=dialog]')!
    expect(dialog.textContent).toMatch(/Notes.*mine.*nothing/)
    expect(dialog.textContent).toContain('its file is in the library already')
    await press('Previous')
    expect(document.querySelector('[role=dialog]')!.textContent).toContain('Ink')
  })

  it('leaves out a single one', async () => {
    const { wrapper } = await show()
    const box = wrapper.get<HTMLSelectElement>('select[aria-label="What happens with Ink"]').element
    await choose(box, 'keep')
    expect(current.server.sent('/imports/p1')[0]?.body).toEqual({ items: { new: 'keep' } })
  })

  it('is discarded on request', async () => {
    const onBack = vi.fn()
    await open(PlanView, '/', { id: 'p1', backLabel: 'Back', onBack })
    await press('Discard')
    expect(current.server.sent('/transfers/p1/cancel')).toHaveLength(1)
    expect(onBack).toHaveBeenCalledOnce()
  })
})

describe('the end of an import', () => {
  it('says what was written, and leads to the library and back to the state before', async () => {
    Object.assign(current.server.transfers[0]!, { state: 'done', backup_id: 'b1' })
    const { wrapper } = await show()
    expect(wrapper.text()).toContain('1 added')
    expect(buttonOf('See the library, newest first').getAttribute('href')).toBe(
      '/library?sort=created_at&order=desc',
    )
    expect(buttonOf('Undo …').getAttribute('href')).toBe('/transfer/backups?restore=b1')
  })

  it('says why it failed', async () => {
    Object.assign(current.server.transfers[0]!, { state: 'failed', error: 'a.zip is damaged.' })
    const { wrapper } = await show()
    expect(wrapper.text()).toContain('Nothing was changed')
    expect(wrapper.text()).toContain('a.zip is damaged.')
  })

  it('knows a plan that is no longer there', async () => {
    current.server.transfers = []
    const { wrapper } = await show()
    expect(wrapper.text()).toContain('This plan is no longer there')
  })
})
