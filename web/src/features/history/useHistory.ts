import { createGlobalState } from '@vueuse/core'
import { ref, shallowRef } from 'vue'
import type { LocationQueryRaw } from 'vue-router'
import { nothing, type Selection } from '@/shared/grid/selection'
import { PagedResults } from './list/pagedResults'
import { readFromServer } from './list/readResults'
import type { HistoryQuery } from './query/historyQuery'

/**
 * The history the reader is looking through: its results, what is selected and
 * where the keyboard is. It outlives its page, so that coming back finds
 * everything as it was and the viewer knows a result's neighbours.
 */
export const useHistory = createGlobalState(() => {
  const results = new PagedResults(readFromServer)
  const selection = shallowRef<Selection>(nothing)
  const current = ref(0)
  const address = shallowRef<LocationQueryRaw>({})

  /** Asks unless the list already shows the answer. */
  function ask(query: HistoryQuery): void {
    const last = results.query.value
    if (results.count.value !== null && JSON.stringify(last) === JSON.stringify(query)) {
      void results.lookForNew()
      return
    }
    selection.value = nothing
    current.value = 0
    void results.ask(query)
  }

  return {
    results,
    selection,
    current,
    ask,
    /** The address of the list, for the way back to it. */
    address,
  }
})
