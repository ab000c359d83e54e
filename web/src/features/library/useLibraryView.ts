import { computed } from 'vue'
import { type LocationQuery, useRoute, useRouter } from 'vue-router'
import { usePreferences } from '@/shared/preferences'
import { type LibraryView, readView, withoutHidden, writeView } from './query/listQuery'

/** What the address asks the library for, and the way to ask for something else. */
export function useLibraryView() {
  const route = useRoute()
  const router = useRouter()
  const preferences = usePreferences()

  const defaults = computed(() => ({
    sort: preferences.value.default_sort,
    order: preferences.value.default_order,
  }))
  // The address already belongs to the next page while this one is being left.
  const query = computed<LocationQuery>((last) => (route.name === 'library' ? route.query : (last ?? {})))
  const view = computed(() => readView(query.value, defaults.value))

  /** Typing replaces the address; a choice is a step that Back takes back. */
  function change(wanted: Partial<LibraryView>, step: 'push' | 'replace' = 'push'): void {
    const next = { ...view.value, ...wanted }
    // A sort chosen for words makes no sense without them, and the other way round.
    if (wanted.q !== undefined && wanted.sort === undefined && query.value.sort === undefined) {
      const plain = readView({ q: next.q }, defaults.value)
      Object.assign(next, { sort: plain.sort, order: plain.order })
    }
    void router[step]({ name: 'library', query: writeView(next, defaults.value) })
  }

  return {
    query,
    view,
    change,
    /** The query as the server gets it. */
    asked: computed(() => withoutHidden(view.value.q, preferences.value.nsfw_hide_from)),
  }
}
