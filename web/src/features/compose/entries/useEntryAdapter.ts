import { computed, type Ref } from 'vue'
import { readAdapter } from '@/api/generated'
import { ApiError } from '@/api/problem'
import { useRead } from '@/shared/useRead'

/** What the library knows of the adapter of an entry. */
export function useEntryAdapter(id: Ref<string | undefined>) {
  const { data, error } = useRead(id, async (of, signal) =>
    of ? readAdapter({ path: { id: of }, signal }) : undefined,
  )
  return {
    adapter: computed(() => (data.value?.adapter.id === id.value ? data.value?.adapter : undefined)),
    /** Words its file speaks of, the likeliest first. */
    words: computed(() => data.value?.trigger_words.map(({ word }) => word) ?? []),
    isUnknown: computed(() => !id.value || (error.value instanceof ApiError && error.value.status === 404)),
  }
}
