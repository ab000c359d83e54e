import { useQuery } from '@pinia/colada'
import { listEngines } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from './useLive'

const key = ['engines']

/** The engines as they were last seen, read again whenever the server says that they changed. */
export function useEngines() {
  const query = useQuery({
    key,
    query: async ({ signal }) => (await listEngines({ signal })).engines,
  })
  const refresh = useRefresh(key)
  useLive({ engines_changed: refresh, resync: refresh })
  return { ...query, refresh }
}
