import { useQuery } from '@pinia/colada'
import { computed, shallowRef } from 'vue'
import { type DigestProgress, readSummary } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'

const key = ['digests']

/** How far the background reading of files has come. */
export function useDigests() {
  const refreshQuery = useRefresh(key)
  const query = useQuery({
    key,
    query: async ({ signal }) => (await readSummary({ signal })).digests,
  })
  const live = shallowRef<DigestProgress>()

  function refresh() {
    live.value = undefined
    refreshQuery()
  }

  useLive({
    digest_progress: (progress) => {
      live.value = progress
    },
    scan_finished: refresh,
    resync: refresh,
  })
  return { query, progress: computed(() => live.value ?? query.data.value) }
}
