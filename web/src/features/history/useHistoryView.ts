import { computed } from 'vue'
import { type LocationQuery, useRoute, useRouter } from 'vue-router'
import { type HistoryView, readView, writeView } from './query/historyQuery'

/** What the address asks the history for, and the way to ask for something else. */
export function useHistoryView() {
  const route = useRoute()
  const router = useRouter()
  // The address already belongs to the next page while this one is being left.
  const isHere = () => route.name === 'history' || route.name === 'result'
  const query = computed<LocationQuery>((last) => (isHere() ? route.query : (last ?? {})))
  const view = computed(() => readView(query.value))

  /** Typing replaces the address; a choice is a step that Back takes back. */
  function change(wanted: Partial<HistoryView>, step: 'push' | 'replace' = 'push'): void {
    void router[step]({ name: 'history', query: writeView({ ...view.value, ...wanted }) })
  }

  return { view, change }
}
