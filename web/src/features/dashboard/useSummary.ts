import { useThrottleFn } from '@vueuse/core'
import { readSummary } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'

/** The library at a glance, kept current while it changes. */
export function useSummary() {
  const summary = useRead(
    () => null,
    (_, signal) => readSummary({ signal }),
  )
  const calmly = useThrottleFn(() => summary.reload(), 1_000, true, true)
  const refresh = () => void calmly()
  useLive({
    adapters_changed: refresh,
    roots_changed: refresh,
    scan_finished: refresh,
    resync: refresh,
  })
  return summary
}
