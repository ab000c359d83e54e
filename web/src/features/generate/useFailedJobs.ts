import { useQuery } from '@pinia/colada'
import { computed, watch } from 'vue'
import { listJobs } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'
import { useQueue } from '@/live/useQueue'

const key = ['jobs', 'failed']
const most = 50

/** The jobs that were given up, newest first: they wait for somebody to look at them. */
export function useFailedJobs() {
  const { state } = useQueue()
  const refresh = useRefresh(key)
  const query = useQuery({
    key,
    query: async ({ signal }) =>
      (await listJobs({ query: { status: ['failed'], limit: most }, signal })).jobs,
  })
  useLive({ generation_complete: refresh, resync: refresh })
  watch(() => state.value?.failed, refresh)
  return { jobs: computed(() => query.data.value ?? []), query, refresh }
}
