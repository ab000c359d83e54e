import { describe, expect, it, vi } from 'vitest'
import { settled } from '@/shared/testing'
import { useToasts } from '@/shared/toasts'
import { makeBackup, makePlace } from '../fixtures'
import { buttonOf, press, useTransferServer } from '../testing'
import BackupsPart from './BackupsPart.vue'

vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

const { current, open } = useTransferServer()
const dialogText = (role = 'dialog') => document.querySelector(`[role=${role}]`)?.textContent ?? ''
const nightly = {
  id: 's1',
  name: 'Nightly',
  enabled: true,
  cron: '30 3 * * *',
  zone: 'UTC',
  type: 'full' as const,
  weights: false,
  place: 'folder' as const,
  keep: { last: 3, daily: 7, weekly: 0, monthly: 0 },
  next_run_at: '2026-01-02T03:30:00Z',
  last_run_at: null,
  last_error: '',
  last_backup_id: '',
}

async function openMenu(name: RegExp, index = 0) {
  const trigger = [...document.querySelectorAll<HTMLElement>('button')].filter((one) =>
    name.test(one.getAttribute('aria-label') ?? ''),
  )[index]!
  trigger.focus()
  trigger.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settled()
}

/** Presses a line of the open menu; what it does comes once the menu has closed. */
async function pick(label: string, until: () => void) {
  const line = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')].find(
    (one) => one.textContent.trim() === label,
  )!
  line.click()
  await vi.waitFor(until)
  await settled()
}

describe('backups', () => {
  it('says what each holds, what it builds on and how it was tried', async () => {
    current.server.backups = [
      makeBackup('b2', {
        type: 'incremental',
        bases: ['b1'],
        size: 1024,
        total_size: 4096,
        rehearsed_at: '2026-01-01T01:00:00Z',
        rehearsal_error: 'Two rows of adapters differ.',
      }),
      makeBackup('b1', { needed_by: ['b2'], note: 'Before the move' }),
    ]
    const { wrapper } = await open(BackupsPart)
    const text = wrapper.text()
    expect(text).toContain('1 kB, 4 kB with what it builds on')
    expect(text).toContain('builds on 1 earlier backup')
    expect(text).toContain('Two rows of adapters differ.')
    expect(text).toContain('Before the move')
    expect(text).toContain('needed by 1 later backup')
  })

  it('makes one as the dialog says, in a place that is there', async () => {
    current.server.places = [
      makePlace(),
      makePlace({ name: 's3', location: 'bucket/loras', free_bytes: null }),
    ]
    await open(BackupsPart)
    await press('Back up now')
    await vi.waitFor(() => {
      expect(dialogText()).toContain('Back up')
    })
    const [type, place] = document.querySelectorAll<HTMLSelectElement>('[role=dialog] select')
    type!.value = 'incremental'
    type!.dispatchEvent(new Event('change'))
    place!.value = 's3'
    place!.dispatchEvent(new Event('change'))
    await press('Back up')
    document
      .querySelector<HTMLFormElement>('#backup')
      ?.dispatchEvent(new Event('submit', { cancelable: true }))
    await settled()
    expect(current.server.sent('/backups')[0]?.body).toEqual({
      type: 'incremental',
      weights: false,
      place: 's3',
      note: '',
    })
  })

  it('restores only after what is replaced was said and agreed to', async () => {
    current.server.backups = [makeBackup('b1')]
    await open(BackupsPart, '/transfer/backups?restore=b1')
    await vi.waitFor(() => {
      expect(dialogText('alertdialog')).toContain(
        '12 adapters, 3 compositions, 40 generations, and 80 images',
      )
    })
    expect(dialogText('alertdialog')).toContain('A restore point of the present state is made first.')
    expect(buttonOf('Restore').disabled).toBe(true)
    document.querySelector<HTMLElement>('[role=alertdialog] [role=checkbox]')!.click()
    await settled()
    await press('Restore')
    expect(current.server.sent('/backups/b1/restore')[0]?.body).toEqual({ files: false })
  })

  it('says when the backup to go back to is gone', async () => {
    const { router } = await open(BackupsPart, '/transfer/backups?restore=gone')
    expect(useToasts().value[0]?.title).toBe('The backup to go back to is no longer there.')
    expect(router.currentRoute.value.query).toEqual({})
  })

  it('deletes one only together with those that build on it', async () => {
    current.server.backups = [makeBackup('b2', { bases: ['b1'] }), makeBackup('b1', { needed_by: ['b2'] })]
    await open(BackupsPart)
    await openMenu(/^Actions for the backup/, 1)
    await pick('Delete …', () => {
      expect(dialogText('alertdialog')).toContain('These later backups build on it')
    })
    expect(buttonOf('Delete').disabled).toBe(true)
    document.querySelector<HTMLElement>('[role=alertdialog] [role=checkbox]')!.click()
    await settled()
    expect(dialogText('alertdialog')).toContain('1.9 MB are freed.')
    await press('Delete')
    expect(current.server.sent('/backups/b1')[0]).toMatchObject({
      method: 'DELETE',
      query: { dependents: 'true' },
    })
  })

  it.each([
    ['Verify', '/backups/b1/verify'],
    ['Rehearse a restore', '/backups/b1/rehearse'],
  ])('begins at once: %s', async (label, path) => {
    current.server.backups = [makeBackup('b1')]
    await open(BackupsPart)
    await openMenu(/^Actions for the backup/)
    await pick(label, () => {
      expect(current.server.sent(path)).toHaveLength(1)
    })
  })

  it('offers no restore of a damaged backup', async () => {
    current.server.backups = [makeBackup('b1', { status: 'damaged', error: 'A checksum is wrong.' })]
    const { wrapper } = await open(BackupsPart)
    expect(wrapper.text()).toContain('A checksum is wrong.')
    await openMenu(/^Actions for the backup/)
    const restore = [...document.querySelectorAll('[role=menuitem]')].find((one) =>
      one.textContent.includes('Restore …'),
    )!
    expect(restore.hasAttribute('data-disabled')).toBe(true)
  })
})

describe('schedules', () => {
  it('are switched off, deleted and brought back', async () => {
    current.server.schedules = [nightly]
    const { wrapper } = await open(BackupsPart)
    expect(wrapper.text()).toContain('every day at 03:30')
    await press('Make backups of Nightly')
    expect(current.server.sent('/backups/schedules/s1')[0]).toMatchObject({
      method: 'PUT',
      body: { enabled: false, name: 'Nightly', cron: '30 3 * * *' },
    })
    await press('Delete Nightly')
    expect(current.server.sent('/backups/schedules/s1')[1]?.method).toBe('DELETE')
    const [toast] = useToasts().value
    await toast?.action?.run()
    expect(current.server.sent('/backups/schedules')[0]).toMatchObject({
      method: 'POST',
      body: { name: 'Nightly', keep: { daily: 7 } },
    })
  })

  it('stay when the server does not delete them', async () => {
    current.server.schedules = [nightly]
    const refusal = { code: 'internal', detail: 'It broke.' }
    current.server.instead.set('DELETE /backups/schedules/s1', Response.json(refusal, { status: 500 }))
    const { wrapper } = await open(BackupsPart)
    await press('Delete Nightly')
    expect(wrapper.text()).toContain('Nightly')
    expect(useToasts().value[0]).toMatchObject({ tone: 'danger', detail: 'It broke.' })
  })

  it('are added with the times the server reads from them', async () => {
    await open(BackupsPart)
    await press('Add a schedule')
    await vi.waitFor(() => {
      expect(dialogText()).toContain('The next runs')
      expect(current.server.sent('/backups/schedules/preview')[0]?.body).toMatchObject({ cron: '30 3 * * *' })
    })
    await settled()
    expect(dialogText()).toContain('the latest 3, the newest of each of the last 7 days with one')
    document
      .querySelector<HTMLFormElement>('#schedule')!
      .dispatchEvent(new Event('submit', { cancelable: true }))
    await settled()
    expect(current.server.sent('/backups/schedules')[0]?.body).toMatchObject({
      name: 'Nightly',
      enabled: true,
      cron: '30 3 * * *',
    })
  })
})
