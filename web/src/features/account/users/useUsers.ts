import { useMutation, useQuery } from '@pinia/colada'
import {
  addUser,
  endUserSessions,
  listUsers,
  type NewUser,
  patchUser,
  removeUser,
  removeUserSecondFactor,
  resetPassword,
  type UserPatch,
} from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'

const key = ['users']

/** All accounts. */
export function useUsers() {
  const query = useQuery({ key, query: async ({ signal }) => (await listUsers({ signal })).users })
  const refresh = useRefresh(key)
  useLive({ account_changed: refresh, resync: refresh })
  return query
}

/** What administrators can do with accounts. Each rejects with the server's ApiError. */
export function useUserActions() {
  const onSettled = useRefresh(key)
  const add = useMutation({ mutation: (body: NewUser) => addUser({ body }), onSettled })
  const edit = useMutation({
    mutation: ({ id, body }: { id: string; body: UserPatch }) => patchUser({ path: { id }, body }),
    onSettled,
  })
  const remove = useMutation({ mutation: (id: string) => removeUser({ path: { id } }), onSettled })
  const reset = useMutation({ mutation: (id: string) => resetPassword({ path: { id } }), onSettled })
  const removeSecond = useMutation({
    mutation: (id: string) => removeUserSecondFactor({ path: { id } }),
    onSettled,
  })
  const endSessions = useMutation({ mutation: (id: string) => endUserSessions({ path: { id } }), onSettled })
  return { add, edit, remove, reset, removeSecond, endSessions }
}
