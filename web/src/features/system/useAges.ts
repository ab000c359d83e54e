import { useIntervalFn } from '@vueuse/core'
import { ref } from 'vue'
import { useSystem } from '@/live/useSystem'
import { ageOf } from './checks'

/** How old what the server told is, counted on second by second. */
export function useAges() {
  const { system, answeredAt } = useSystem()
  const now = ref(performance.now())
  useIntervalFn(() => {
    now.value = performance.now()
  }, 1_000)

  const sinceAnswer = () => Math.max(0, now.value - answeredAt.value)

  return {
    /** Seconds since a moment of the server, null when there was none. */
    age: (at: string | null): number | null =>
      system.value ? ageOf(at, system.value.updated_at, sinceAnswer()) : null,
    sinceAnswer,
  }
}
