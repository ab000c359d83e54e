import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { ref, shallowRef } from 'vue'
import { readSystemStatus, type SystemStatus } from '@/api/generated'
import { useLive } from './useLive'

/** How often the status is read at most because of news, in milliseconds. */
const pause = 1_000

/**
 * How the whole system is doing, read again whenever the server says that a part
 * of it changed. Every caller shares one connection and one state.
 */
export const useSystem = createSharedComposable(() => {
  const system = shallowRef<SystemStatus>()
  /** When the answer came, by `performance.now()`. */
  const answeredAt = ref(0)
  const error = shallowRef<unknown>(null)
  const isReading = ref(false)

  async function reload(): Promise<void> {
    isReading.value = true
    try {
      system.value = await readSystemStatus()
      answeredAt.value = performance.now()
      error.value = null
    } catch (failure) {
      error.value = failure
    } finally {
      isReading.value = false
    }
  }

  const calmly = useThrottleFn(reload, pause, true, true)
  const refresh = () => void calmly()
  useLive({ system_changed: refresh, resync: refresh })
  void reload()

  return { system, answeredAt, error, isReading, reload }
})
