import { useMutation, useQueryCache } from '@pinia/colada'
import {
  addEngine,
  type EngineWrite,
  refreshEngine,
  removeEngine,
  replaceEngine,
  testEngine,
  testEngineConfig,
} from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'

export const lorasKey = (name: string) => ['engine-loras', name]

/** What can be done with engines. Each rejects with the server's ApiError. */
export function useEngineActions() {
  const onSettled = useRefresh(['engines'])
  const cache = useQueryCache()

  const add = useMutation({ mutation: (body: EngineWrite) => addEngine({ body }), onSettled })
  const replace = useMutation({
    mutation: ({ name, body }: { name: string; body: EngineWrite }) =>
      replaceEngine({ path: { name }, body }),
    onSettled,
  })
  const remove = useMutation({ mutation: (name: string) => removeEngine({ path: { name } }), onSettled })
  /** Asks the engine now, and takes up to ten seconds. */
  const test = useMutation({ mutation: (name: string) => testEngine({ path: { name } }), onSettled })
  /** Asks an engine that is not set up. */
  const tryOut = useMutation({ mutation: (body: EngineWrite) => testEngineConfig({ body }) })
  /** Has the engine read its LoRA folder again. */
  const refresh = useMutation({
    mutation: (name: string) => refreshEngine({ path: { name } }),
    onSuccess: (loras, name) => {
      cache.setQueryData(lorasKey(name), loras)
    },
  })
  return { add, replace, remove, test, tryOut, refresh }
}
