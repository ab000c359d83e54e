import { useQueryCache } from '@pinia/colada'
import { watch } from 'vue'
import { useSession } from '@/shared/useSession'

/** Has everything read again once the user has signed in again: some of it was refused meanwhile. */
export function useReturn(): void {
  const cache = useQueryCache()
  watch(useSession().returns, () => void cache.invalidateQueries())
}
