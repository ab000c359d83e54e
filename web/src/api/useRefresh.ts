import { type EntryKey, useQueryCache } from '@pinia/colada'

/** Returns a function that has a query and those below its key read again. */
export function useRefresh(key: EntryKey): () => void {
  const cache = useQueryCache()
  return () => {
    cache.invalidateQueries({ key }).catch(() => {
      // A read that failed is told by the query; one that was given up, by nobody.
    })
  }
}
