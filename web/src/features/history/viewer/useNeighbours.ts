import { computed, ref, watch } from 'vue'
import { useHistory } from '../useHistory'

/**
 * The results before and after one in the list of the history. A result that was
 * just deleted leaves its place to the one behind it.
 */
export function useNeighbours(id: () => string) {
  const { results, current } = useHistory()
  const index = ref(-1)
  watch(
    () => results.pages.indexOf(id()),
    (now) => {
      if (now < 0) return
      index.value = now
      current.value = now
    },
    { immediate: true },
  )
  const count = computed(() => results.count.value ?? 0)

  /** The id some places further, read from the server where it is not at hand; null at the ends. */
  async function idAt(by: number): Promise<string | null> {
    const place = index.value + by
    if (index.value < 0 || place < 0 || place >= count.value) return null
    const [found] = await results.idsBetween(place, place)
    return found ?? null
  }

  return {
    /** The place in the list from 0, -1 for a result that is not in it. */
    index,
    count,
    hasPrevious: computed(() => index.value > 0),
    hasNext: computed(() => index.value >= 0 && index.value < count.value - 1),
    idAt,
  }
}
