import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { computed } from 'vue'
import { listBackups } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'
import { useTransferEnd } from '../runs/useTransferEnd'

/** How often backups are read at most, in milliseconds. */
const pause = 1_000

/** The backups and the places they lie in, read again whenever the server says that they changed. */
export const useBackups = createSharedComposable(() => {
  const { data, error, isReading, reload } = useRead(
    () => null,
    (_, signal) => listBackups({ signal }),
  )
  const refresh = useThrottleFn(() => void reload(), pause, true)
  useLive({ backups_changed: () => void refresh(), resync: () => void refresh() })
  useTransferEnd(({ kind }) => {
    if (kind !== 'export' && kind !== 'sidecars') void refresh()
  })
  return {
    backups: computed(() => data.value?.backups),
    places: computed(() => data.value?.places ?? []),
    error,
    isReading,
    reload,
  }
})
