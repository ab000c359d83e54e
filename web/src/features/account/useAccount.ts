import { useQuery } from '@pinia/colada'
import { readAccount } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'

const key = ['account']

/** One's own account, read again when it changes anywhere. */
export function useAccount() {
  const query = useQuery({ key, query: async ({ signal }) => (await readAccount({ signal })).account })
  const refresh = useRefresh(key)
  useLive({ account_changed: refresh, resync: refresh })
  return { ...query, refresh }
}
