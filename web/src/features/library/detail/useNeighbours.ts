import { computed, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import { useShortcuts } from '@/shared/useShortcuts'
import { useLibrary } from '../useLibrary'

/** The adapters before and after one in the list it was opened from; none when it was opened by its address. */
export function useNeighbours(id: Ref<string>) {
  const { t } = useI18n()
  const router = useRouter()
  const { results, current } = useLibrary()
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
    },
    { immediate: true },
  )

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
