import { computed, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { type LocationQueryRaw, useRouter } from 'vue-router'
import { useShortcuts } from '@/shared/useShortcuts'
import type { ListQuery } from '../list/results'
import { useLibrary } from '../useLibrary'

/** The list an adapter was opened from, kept with its place in the history: a reload does not lose it. */
interface Whence {
  query: ListQuery
  address: LocationQueryRaw
  place: number
}

/** The adapters before and after one in the list it was opened from; none when it was opened by its address. */
export function useNeighbours(id: Ref<string>) {
  const { t } = useI18n()
  const router = useRouter()
  const { results, current, listAddress } = useLibrary()
  const { list } = (history.state ?? {}) as { list?: Whence }
  if (list && !results.query.value) {
    listAddress.value = list.address
    void results.ask(list.query, list.place)
  }
  const index = computed(() => results.indexOf(id.value))
  const at = (place: number) => (index.value < 0 || place < 0 ? undefined : results.idAt(place))
  const previous = computed(() => at(index.value - 1))
  const next = computed(() => at(index.value + 1))

  // The list follows, so that Back finds the keyboard on this adapter, and its pages come in time.
  watch(
    index,
    (place) => {
      if (place < 0) return
      current.value = place
      results.show(Math.max(0, place - 1), place + 1)
      remember(place)
    },
    { immediate: true },
  )

  function remember(place: number): void {
    const query = results.query.value
    if (!query) return
    const whence: Whence = { query: { ...query }, address: { ...listAddress.value }, place }
    history.replaceState({ ...(history.state as object), list: whence }, '')
  }

  function go(to: string | undefined): void {
    if (to) void router.replace({ name: 'adapter', params: { id: to } })
  }
  const group = () => t('library.keys.detail')
  useShortcuts([
    {
      keys: 'j',
      label: () => t('library.detail.next'),
      group,
      run: () => {
        go(next.value)
      },
    },
    {
      keys: 'k',
      label: () => t('library.detail.previous'),
      group,
      run: () => {
        go(previous.value)
      },
    },
  ])

  return { index, count: results.count, previous, next, go }
}
