import { onScopeDispose, ref } from 'vue'
import { ApiError } from '@/api/problem'

/** Seconds to wait where the server did not say how many. */
const usual = 60

/** Counts down until the server takes another try, after it has had too many. */
export function useWait() {
  const seconds = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  /** Looks whether a failure asks for patience. */
  function heed(failure: unknown): void {
    if (!(failure instanceof ApiError) || failure.code !== 'rate_limited') return
    const end = performance.now() + (failure.retryAfter ?? usual) * 1_000
    const look = () => {
      seconds.value = Math.max(0, Math.ceil((end - performance.now()) / 1_000))
      if (seconds.value === 0) stop()
    }
    stop()
    timer = setInterval(look, 1_000)
    look()
  }

  onScopeDispose(stop)
  return { seconds, heed }
}
