import { onScopeDispose, ref, shallowRef, watch, type WatchSource } from 'vue'
import { useSession } from './useSession'

/**
 * What a page reads from the server. It is read again when `of` changes or on
 * `reload`, and when its reader signed in again; the last answer stays until the
 * next one comes, and a request that is no longer wanted is given up.
 */
export function useRead<Data, Of>(of: WatchSource<Of>, read: (of: Of, signal: AbortSignal) => Promise<Data>) {
  const data = shallowRef<Data>()
  const error = shallowRef<unknown>(null)
  const isReading = ref(false)
  let request = new AbortController()
  let wanted: Of
  let isGone = false

  async function reload(): Promise<void> {
    // What was put off until now may come when nobody looks any more.
    if (isGone) return
    request.abort()
    const { signal } = (request = new AbortController())
    isReading.value = true
    try {
      const answer = await read(wanted, signal)
      if (signal.aborted) return
      data.value = answer
      error.value = null
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure
    }
    isReading.value = false
  }

  watch(
    of,
    (now) => {
      wanted = now
      void reload()
    },
    { immediate: true },
  )
  watch(useSession().returns, () => void reload())
  onScopeDispose(() => {
    isGone = true
    request.abort()
  })
  return { data, error, isReading, reload }
}
