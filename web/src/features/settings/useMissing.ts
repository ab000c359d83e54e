import { useMutation, useQuery } from '@pinia/colada'
import { countMissing, purgeMissing } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'

const key = ['missing']

/** How many adapters have lost their file, and the way to forget them. */
export function useMissing() {
  const refresh = useRefresh(key)
  useLive({ scan_finished: refresh, adapters_changed: refresh, resync: refresh })

  const purge = useMutation({
    /** Refused by the server when another number than the one shown is missing by now. */
    mutation: (expected: number) => purgeMissing({ body: { expected } }),
    onSettled: refresh,
  })
  return { query: useQuery({ key, query: ({ signal }) => countMissing({ signal }) }), purge }
}
