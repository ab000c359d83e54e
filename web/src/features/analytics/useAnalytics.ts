import { useThrottleFn } from '@vueuse/core'
import { computed } from 'vue'
import { readAnalyticsSummary } from '@/api/generated'
import { inZone } from '@/api/inZone'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'
import { questionOf, type Range } from './range/range'

/** How often the figures are read again at most, in milliseconds, however many jobs end. */
const pause = 4_000

/** The figures of a span of time, kept current while jobs end. */
export function useAnalytics(range: () => Range) {
  const key = computed(() => JSON.stringify(range()))
  const { data, error, isReading, reload } = useRead(key, async (of, signal) => ({
    of,
    summary: await inZone((tz) =>
      readAnalyticsSummary({ query: questionOf(JSON.parse(of) as Range, tz), signal }),
    ),
  }))
  const calmly = useThrottleFn(() => reload(), pause, true, true)
  const refresh = () => void calmly()
  useLive({
    generation_complete: refresh,
    queue_update: refresh,
    results_changed: refresh,
    resync: refresh,
  })
  return {
    summary: computed(() => data.value?.summary),
    /** What is shown was asked for before the range was changed. */
    isOld: computed(() => data.value !== undefined && data.value.of !== key.value),
    error,
    isReading,
    reload,
  }
}
