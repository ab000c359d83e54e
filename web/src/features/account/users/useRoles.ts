import { useQuery } from '@pinia/colada'
import { listRoles } from '@/api/generated'

/** What roles and the scopes of API keys allow; it does not change while the server runs. */
export function useRoles() {
  return useQuery({ key: ['roles'], query: ({ signal }) => listRoles({ signal }), staleTime: Infinity })
}
