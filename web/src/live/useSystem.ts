import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { ref } from 'vue'
import { readSystemStatus } from '@/api/generated'
import { useRead } from '@/shared/useRead'
import { useSession } from '@/shared/useSession'
import { useLive } from './useLive'

/** How often the status is read at most because of news, in milliseconds. */
const pause = 1_000

/**
 * How the whole system is doing, read again whenever the server says that a part
 * of it changed, for those who may know. Every caller shares one connection and one state.
 */
export const useSystem = createSharedComposable(() => {
  /** When the answer came, by `performance.now()`. */
  const answeredAt = ref(0)
  const { may } = useSession()
  const { data, error, isReading, reload } = useRead(
    () => may('system.read'),
    async (isAllowed, signal) => {
      if (!isAllowed) return undefined
      const status = await readSystemStatus({ signal })
      if (!signal.aborted) answeredAt.value = performance.now()
      return status
    },
  )
  const calmly = useThrottleFn(() => reload(), pause, true, true)
  const refresh = () => void calmly()
  useLive({ system_changed: refresh, resync: refresh })

  return { system: data, answeredAt, error, isReading, reload }
})
