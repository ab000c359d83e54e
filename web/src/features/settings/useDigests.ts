import { useQuery } from '@pinia/colada'
import { computed, shallowRef } from 'vue'
import { type DigestProgress, readSummary } from '@/api/generated'
import { useLive } from '@/live/useLive'

/** How far the background reading of files has come. */
export function useDigests() {
  const query = useQuery({
    key: ['digests'],
    query: async ({ signal }) => (await readSummary({ signal })).digests,
  })
  const live = shallowRef<DigestProgress>()

  function refresh() {
    live.value = undefined
    void query.refetch()
  }

  useLive({
    digest_progress: (progress) => {
      live.value = { ...progress, running: progress.current_path !== '' }
    },
    scan_finished: refresh,
    resync: refresh,
  })
  return { query, progress: computed(() => live.value ?? query.data.value) }
}
