import { useMutation, useQuery } from '@pinia/colada'
import {
  addRoot,
  addSampleRoot,
  listRoots,
  removeRoot,
  renameRoot,
  type Root,
  startScan,
  suggestRoots,
} from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'
import { useScan } from '@/live/useScan'

const rootsKey = ['roots']
const suggestionsKey = ['roots', 'suggestions']

/** The library folders, read again whenever the server says that they changed. */
export function useRoots() {
  const query = useQuery({ key: rootsKey, query: ({ signal }) => listRoots({ signal }) })
  const refresh = useRefresh(rootsKey)
  useLive({ roots_changed: refresh, scan_finished: refresh, resync: refresh })
  return query
}

/** Folders of known tools on the server's computer that are not in the library yet. */
export function useSuggestions() {
  return useQuery({ key: suggestionsKey, query: ({ signal }) => suggestRoots({ signal }) })
}

/** What can be done with library folders. Each rejects with the server's ApiError. */
export function useRootActions() {
  const { begin } = useScan()
  const onSettled = useRefresh(rootsKey)

  const add = useMutation({
    mutation: (path: string) => addRoot({ body: { path } }),
    onSuccess: ({ scan }) => {
      if (scan) begin(scan)
    },
    onSettled,
  })
  const addSample = useMutation({
    mutation: () => addSampleRoot({ body: {} }),
    onSuccess: ({ scan }) => {
      if (scan) begin(scan)
    },
    onSettled,
  })
  const rename = useMutation({
    mutation: ({ root, name }: { root: Root; name: string }) =>
      renameRoot({ path: { id: root.id }, body: { name } }),
    onSettled,
  })
  const remove = useMutation({
    mutation: ({ root, purge }: { root: Root; purge: boolean }) =>
      removeRoot({ path: { id: root.id }, query: { purge } }),
    onSettled,
  })
  const scan = useMutation({
    mutation: (rootIds: string[] | null) => startScan({ body: { root_ids: rootIds } }),
    onSuccess: (reply) => {
      begin(reply.scan)
    },
  })
  return { add, addSample, rename, remove, scan }
}
