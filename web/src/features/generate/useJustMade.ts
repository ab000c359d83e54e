import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { listHistory } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { useLive } from '@/live/useLive'

const key = ['history', 'newest']
const most = 12

/** The results made last, wherever they were started; new ones arrive by themselves. */
export function useJustMade() {
  const refresh = useRefresh(key)
  const query = useQuery({
    key,
    query: async ({ signal }) =>
      (await listHistory({ query: { sort: 'newest', limit: most }, signal })).results,
  })
  useLive({ results_changed: refresh, generation_complete: refresh, resync: refresh })
  const results = computed(() => (query.data.value ?? []).filter(({ images }) => images.length > 0))
  return {
    query,
    results,
    /** Of the image made last; null when none is. */
    lastSeed: computed(() => results.value[0]?.images[0]?.seed ?? results.value[0]?.seed ?? null),
  }
}
