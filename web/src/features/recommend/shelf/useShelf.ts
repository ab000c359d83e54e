import { useElementHover, useElementVisibility, useFocusWithin } from '@vueuse/core'
import { computed, type Ref, watch } from 'vue'
import type { RecommendationResponse } from '@/api/generated'
import { usePreferences } from '@/shared/preferences'
import { useAnswer } from '../answer/useAnswer'
import { highestLevel } from '../question/question'
import { useFeedback } from '../useFeedback'

/**
 * A few recommendations on another page. They are asked for once their place comes
 * into view, and newer ones take their place while nobody points at them.
 */
export function useShelf(
  place: Ref<HTMLElement | null>,
  key: () => string,
  ask: (maxNsfwLevel: number | undefined, signal: AbortSignal) => Promise<RecommendationResponse>,
) {
  const preferences = usePreferences()
  const isSeen = useElementVisibility(place, { once: true, rootMargin: '200px' })
  const level = computed(() => highestLevel(null, preferences.value.nsfw_hide_from))
  const { shown, waiting, isStale, error, isReading, reload, showWaiting } = useAnswer(
    () => (isSeen.value ? `${key()} ${String(level.value)}` : ''),
    (signal) => ask(level.value, signal),
  )
  const feedback = useFeedback(() => shown.value?.session_id)

  const isPointedAt = useElementHover(place)
  const { focused } = useFocusWithin(place)
  watch([waiting, isPointedAt, focused], () => {
    if (waiting.value && !isPointedAt.value && !focused.value) showWaiting()
  })

  return {
    /** null until the first answer came, and where the one to what is asked now cannot be had. */
    items: computed(() => (isStale.value && error.value ? null : (shown.value?.recommendations ?? null))),
    isStale,
    error,
    isReading,
    reload,
    feedback,
  }
}
