import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { readScan } from '@/api/generated'
import { useScan } from '@/live/useScan'

/** The scan that ended last, with the findings that events leave out. */
export function useReport() {
  const { last } = useScan()
  return useQuery({
    key: () => ['scans', last.value?.id ?? 'none', last.value?.finished_at ?? ''],
    query: async ({ signal }) => {
      if (!last.value) return null
      const { scan } = await readScan({ path: { id: last.value.id }, signal })
      return scan
    },
    enabled: computed(() => last.value !== null),
  })
}
