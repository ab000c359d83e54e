import { describe, expect, it, vi } from 'vitest'
import type { LiveHandlers } from '@/live/socket'
import { settled } from '@/shared/testing'
import { useToasts } from '@/shared/toasts'
import { makeTransfer } from './fixtures'
import { buttonOf, press, useTransferServer } from './testing'
import TransferPage from './TransferPage.vue'

const live = vi.hoisted(() => ({ handlers: new Set<LiveHandlers>() }))
vi.mock('@/live/useLive', () => ({
  useLive: (handlers: LiveHandlers) => live.handlers.add(handlers),
}))

const { current, open } = useTransferServer()

async function tell(transfer: ReturnType<typeof makeTransfer>) {
  for (const { transfer_changed: changed } of live.handlers) changed?.({ transfer })
  await settled()
}

describe('the page', () => {
  it('shows what runs wherever it was begun, and how it ends', async () => {
    const { wrapper } = await open(TransferPage)
    expect(wrapper.text()).toContain('Nothing was transferred yet.')
    const backup = makeTransfer({ kind: 'backup', phase: 'writing', bytes: 512, bytes_total: 1024 })
    await tell(backup)
    expect(wrapper.text()).toMatch(/Running now.*Backup.*Writing.*512 bytes of 1 kB.*50%/s)
    await tell({ ...backup, state: 'failed', error: 'The disk is full.' })
    expect(wrapper.text()).not.toContain('Running now')
    expect(wrapper.text()).toMatch(/Past transfers.*Backup.*Failed.*The disk is full\./s)
  })

  it('cancels what runs, and says why when that is too late', async () => {
    current.server.transfers = [makeTransfer({ id: 'r1', kind: 'restore' })]
    await open(TransferPage)
    const refusal = { code: 'conflict', detail: 'It is being saved and cannot be stopped.' }
    current.server.instead.set('POST /transfers/r1/cancel', Response.json(refusal, { status: 409 }))
    await press('Cancel: Restore')
    expect(buttonOf('Cancel: Restore')).toBeTruthy()
    current.server.instead.clear()
    await press('Cancel: Restore')
    expect(current.server.transfers[0]?.state).toBe('cancelled')
  })

  it('leads to what waits for a decision, and back from what was imported', async () => {
    current.server.transfers = [
      makeTransfer({ id: 'p1', state: 'planned' }),
      makeTransfer({ id: 'd1', state: 'done', restore_point_id: 'b1', finished_at: '2026-01-01T00:00:05Z' }),
    ]
    await open(TransferPage)
    expect(buttonOf('Look at the plan').getAttribute('href')).toBe('/transfer/import?plan=p1')
    expect(buttonOf('Go back to before').getAttribute('href')).toBe('/transfer/backups?restore=b1')
  })

  it('says that a backup was restored, and leads back to the state before it', async () => {
    await open(TransferPage)
    const restore = makeTransfer({ kind: 'restore', backup_id: 'b1', restore_point_id: 'b0' })
    await tell(restore)
    await tell({ ...restore, state: 'done' })
    expect(useToasts().value[0]).toMatchObject({
      tone: 'success',
      detail: 'The state before is kept as a restore point.',
    })
    expect(buttonOf('Go back to before').getAttribute('href')).toBe('/transfer/backups?restore=b0')
  })

  it('folds a long past', async () => {
    current.server.transfers = Array.from({ length: 8 }, (_, at) =>
      makeTransfer({ id: `t${at}`, kind: 'backup', state: 'done' }),
    )
    const { wrapper } = await open(TransferPage)
    const rows = () => wrapper.findAll('h3').filter((one) => one.text() === 'Backup').length
    expect(rows()).toBe(5)
    await press('Show 3 more')
    expect(rows()).toBe(8)
  })

  it('says why the past cannot be read, and reads it again', async () => {
    const refusal = { code: 'internal', detail: 'It broke.' }
    current.server.instead.set('GET /transfers', Response.json(refusal, { status: 500 }))
    const { wrapper } = await open(TransferPage)
    expect(wrapper.text()).toContain('It broke.')
    current.server.instead.clear()
    await press('Try again')
    expect(wrapper.text()).toContain('Nothing was transferred yet.')
  })
})
