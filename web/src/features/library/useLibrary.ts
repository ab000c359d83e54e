import { createGlobalState } from '@vueuse/core'
import { ref, shallowRef } from 'vue'
import type { LocationQueryRaw } from 'vue-router'
import { listAdapters } from '@/api/generated'
import { pageSize } from '@/shared/grid/pages'
import { type ListQuery, Results } from './list/results'
import { nothing, type Selection } from '@/shared/grid/selection'

/**
 * The list the user is working with: its results, what is selected in it and
 * where the keyboard is. It outlives its page, so that coming back finds
 * everything as it was and an adapter's page knows its neighbours.
 */
export const useLibrary = createGlobalState(() => {
  const results = new Results((query, page, signal) =>
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
  )
  const selection = shallowRef<Selection>(nothing)
  const current = ref(0)
  const listAddress = shallowRef<LocationQueryRaw>({})

  /** Asks unless the list already shows the answer; what is selected belongs to its question. */
  function ask(query: ListQuery): void {
    const last = results.query.value
    if (
      last?.q === query.q &&
      last.sort === query.sort &&
      last.order === query.order &&
      results.count.value !== null
    ) {
      void results.refresh()
      return
    }
    if (last?.q !== query.q) selection.value = nothing
    current.value = 0
    void results.ask(query)
  }

  return {
    results,
    selection,
    current,
    ask,
    /** The address of the list, for the way back to it. */
    listAddress,
  }
})
