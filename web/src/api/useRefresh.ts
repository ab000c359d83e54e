import { type EntryKey, useQueryCache } from '@pinia/colada'
import { useThrottleFn } from '@vueuse/core'

/** How often a query is read again at most, in milliseconds, however many events ask for it. */
const pause = 1_000

/** Returns a function that has a query and those below its key read again. */
export function useRefresh(key: EntryKey): () => void {
  const cache = useQueryCache()
  const refresh = useThrottleFn(() => cache.invalidateQueries({ key }), pause, true)
  return () => {
    refresh().catch(() => {
      // A read that failed is told by the query; one that was given up, by nobody.
    })
  }
}
