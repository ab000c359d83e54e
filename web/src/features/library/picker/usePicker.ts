import { createGlobalState } from '@vueuse/core'
import { computed, ref, watch } from 'vue'
import { listAdapters } from '@/api/generated'
import { usePreferences } from '@/shared/preferences'
import { useChanges } from '../catalog/changes'
import { pageSize } from '@/shared/grid/pages'
import { Results } from '../list/results'
import { readView, withoutHidden } from '../query/listQuery'

/** What the picker was last searched for, with the answer: it is still there when it opens again. */
const usePicked = createGlobalState(() => ({
  q: ref(''),
  results: new Results((query, page, signal) =>
    listAdapters({
      query: {
        q: query.q || undefined,
        sort: query.sort,
        order: query.order,
        page: page + 1,
        per_page: pageSize,
      },
      signal,
    }),
  ),
}))

/** The search of the library for pages that pick from it. */
export function usePicker() {
  const { q, results } = usePicked()
  const preferences = usePreferences()
  const question = computed(() => {
    const { sort, order } = readView(
      { q: q.value },
      { sort: preferences.value.default_sort, order: preferences.value.default_order },
    )
    return { q: withoutHidden(q.value, preferences.value.nsfw_hide_from), sort, order }
  })

  watch(
    () => JSON.stringify(question.value),
    (now) => {
      if (now === JSON.stringify(results.query.value) && results.count.value !== null) void results.refresh()
      else void results.ask(question.value)
    },
    { immediate: true },
  )
  useChanges(() => void results.refresh())
  return { q, results }
}
