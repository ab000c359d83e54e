import { useThrottleFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type HubUpdates, listHubUpdates } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'

const perPage = 50
/** How often the list is read again at most, in milliseconds: a look-up changes it many times. */
const pause = 2_000

/** Adapters with newer versions, a page at a time, kept current. */
export function useUpdates() {
  const first = useRead(
    () => null,
    (_, signal) => listHubUpdates({ query: { limit: perPage }, signal }),
  )
  const further = shallowRef<HubUpdates[]>([])
  const isReadingMore = ref(false)
  const moreError = shallowRef<unknown>(null)
  const refresh = useThrottleFn(first.reload, pause, true)
  let asking = new AbortController()

  const pages = computed(() => (first.data.value ? [first.data.value, ...further.value] : []))
  const next = computed(() => pages.value.at(-1)?.next ?? null)

  // What follows the first page follows from it.
  watch(first.data, () => {
    asking.abort()
    further.value = []
    isReadingMore.value = false
    moreError.value = null
  })
  onScopeDispose(() => {
    asking.abort()
  })

  async function more(): Promise<void> {
    const after = next.value
    if (after === null || isReadingMore.value) return
    const { signal } = (asking = new AbortController())
    isReadingMore.value = true
    try {
      const page = await listHubUpdates({ query: { limit: perPage, after }, signal })
      if (signal.aborted) return
      further.value = [...further.value, page]
      moreError.value = null
    } catch (failure) {
      if (signal.aborted) return
      moreError.value = failure
    }
    isReadingMore.value = false
  }

  const again = () => void refresh()
  useLive({ hub_changed: again, adapters_changed: again, resync: again })

  return {
    /** Nothing before the first answer. */
    updates: computed(() => (first.data.value ? pages.value.flatMap((page) => page.updates) : undefined)),
    next,
    error: first.error,
    isReading: first.isReading,
    isReadingMore,
    moreError,
    reload: first.reload,
    more,
  }
}
