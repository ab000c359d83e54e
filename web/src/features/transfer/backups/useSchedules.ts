import { useThrottleFn } from '@vueuse/core'
import { useI18n } from 'vue-i18n'
import {
  addBackupSchedule,
  type BackupSchedule,
  type BackupScheduleWrite,
  deleteBackupSchedule,
  listBackupSchedules,
  replaceBackupSchedule,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'
import { useTransferEnd } from '../runs/useTransferEnd'

/** How often schedules are read at most, in milliseconds. */
const pause = 1_000

/** When backups are made by themselves, and what can be done about that. */
export function useSchedules() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { data, error, isReading, reload } = useRead(
    () => null,
    async (_, signal) => (await listBackupSchedules({ signal })).schedules,
  )
  const refresh = useThrottleFn(() => void reload(), pause, true)
  useLive({ backups_changed: () => void refresh(), resync: () => void refresh() })
  useTransferEnd(({ kind }) => {
    if (kind === 'backup') void refresh()
  })

  function failed(title: string, failure: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(failure) })
  }

  /** Adds a schedule, or replaces the one with this id; rejects with the server's reason. */
  async function save(body: BackupScheduleWrite, id?: string): Promise<void> {
    await (id === undefined ? addBackupSchedule({ body }) : replaceBackupSchedule({ path: { id }, body }))
    await reload()
  }

  async function setEnabled(schedule: BackupSchedule, enabled: boolean): Promise<void> {
    const before = data.value
    data.value = before?.map((one) => (one.id === schedule.id ? { ...one, enabled } : one))
    try {
      await save({ ...writable(schedule), enabled }, schedule.id)
    } catch (failure) {
      data.value = before
      failed(t('transfer.schedules.saveFailed'), failure)
    }
  }

  async function bringBack(schedule: BackupSchedule): Promise<void> {
    try {
      await save(writable(schedule))
    } catch (failure) {
      failed(t('transfer.schedules.restoreFailed'), failure)
    }
  }

  async function remove(schedule: BackupSchedule): Promise<void> {
    const before = data.value
    data.value = before?.filter(({ id }) => id !== schedule.id)
    try {
      await deleteBackupSchedule({ path: { id: schedule.id } })
    } catch (failure) {
      data.value = before
      failed(t('transfer.schedules.removeFailed'), failure)
      return
    }
    showToast({
      tone: 'success',
      title: t('transfer.schedules.removed', { name: schedule.name }),
      action: { label: t('ui.undo'), run: () => bringBack(schedule) },
    })
  }

  return { schedules: data, error, isReading, reload, save, setEnabled, remove }
}

/** What of a schedule is the user's. */
function writable(schedule: BackupSchedule): BackupScheduleWrite {
  const { name, enabled, cron, zone, type, weights, place, keep } = schedule
  return { name, enabled, cron, zone, type, weights, place, keep }
}
