import { useDebounceFn, useThrottleFn } from '@vueuse/core'
import { ref, shallowRef, watch, type WatchSource } from 'vue'
import type { RecommendationResponse } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'
import { onTuned } from '../tuned'

/** How often an answer is looked for again at most, in milliseconds: a scan changes adapters many times a second. */
const pause = 2_000
/** How long news is gathered before it is asked about: the server also tells everyone what the reader has tuned here. */
const gather = 50

interface Reply {
  key: string
  answer: RecommendationResponse | null
}

/** True when both recommend the same adapters in the same order. */
export function isSameList(a: RecommendationResponse, b: RecommendationResponse): boolean {
  const [left, right] = [a, b].map(({ recommendations }) =>
    recommendations.map(({ lora_id: id }) => id).join(),
  )
  return left === right
}

/**
 * The answer to a question, followed while it is looked at. When something changes
 * it is asked again; an answer that would move what is being read waits until the
 * reader wants it. `key` names the question, '' for none.
 */
export function useAnswer(
  key: WatchSource<string>,
  ask: (signal: AbortSignal) => Promise<RecommendationResponse>,
) {
  const shown = shallowRef<RecommendationResponse>()
  const waiting = shallowRef<RecommendationResponse>()
  const isStale = ref(false)
  let shownKey = ''
  let isWanted = false

  const { data, error, isReading, reload } = useRead<Reply, string>(key, async (of, signal) => ({
    key: of,
    answer: of === '' ? null : await ask(signal),
  }))

  watch(key, (now) => {
    isStale.value = now !== shownKey
    waiting.value = undefined
    if (now === '') shown.value = undefined
  })
  watch(data, (reply) => {
    if (!reply) return
    const { answer } = reply
    const mayReplace = isWanted || reply.key !== shownKey || !shown.value
    isWanted = false
    isStale.value = false
    shownKey = reply.key
    if (!answer || mayReplace || (shown.value && isSameList(shown.value, answer))) {
      shown.value = answer ?? undefined
      waiting.value = undefined
    } else {
      waiting.value = answer
    }
  })

  /** True while there is news that no question has been asked about yet. */
  let isDue = false
  function askAgain(): Promise<void> {
    isDue = false
    return reload()
  }
  const askSoon = useDebounceFn(() => {
    if (isDue) void askAgain()
  }, gather)
  const calmly = useThrottleFn(() => void askSoon(), pause, true, true)
  const refresh = () => {
    if (shownKey === '') return
    isDue = true
    void calmly()
  }
  onTuned(() => {
    if (shownKey === '') return
    isWanted = isDue = true
    void askSoon()
  })
  function reloadAndShow(): Promise<void> {
    isWanted = true
    return askAgain()
  }
  useLive({ recommend_changed: refresh, adapters_changed: refresh, resync: refresh })

  return {
    /** The answer being read. */
    shown,
    /** A newer one, which recommends others or in another order. */
    waiting,
    /** True while what is shown answers another question. */
    isStale,
    error,
    isReading,
    /** Asks again and shows whatever comes. */
    reload: reloadAndShow,
    showWaiting: () => {
      if (waiting.value) shown.value = waiting.value
      waiting.value = undefined
    },
  }
}
