import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { giveFeedback, type GivenFeedback, listFeedback, withdrawFeedback } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'

const pageSize = 30

/** All that was said about recommendations, newest first, a page at a time. */
export function useFeedbackLog() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const older = shallowRef<GivenFeedback[]>([])
  const isLoadingMore = ref(false)
  /** null on the last page, undefined while only the first one is shown. */
  const cursor = ref<string | null>()

  const { data, error, isReading, reload } = useRead(
    () => null,
    (_, signal) => listFeedback({ query: { limit: pageSize }, signal }),
  )
  const refresh = () => void reload()
  useLive({ recommend_changed: refresh, resync: refresh })

  const withdrawn = shallowRef<ReadonlySet<string>>(new Set())
  const feedback = computed(() => {
    if (!data.value) return null
    const all = new Map([...data.value.feedback, ...older.value].map((each) => [each.id, each]))
    return [...all.values()].filter(({ id }) => !withdrawn.value.has(id))
  })
  const next = computed(() => (cursor.value === undefined ? data.value?.next_cursor : cursor.value) ?? null)

  function failed(title: string, failure: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(failure) })
  }

  async function more(): Promise<void> {
    if (next.value === null || isLoadingMore.value) return
    isLoadingMore.value = true
    try {
      const page = await listFeedback({ query: { limit: pageSize, after: next.value } })
      older.value = [...older.value, ...page.feedback]
      cursor.value = page.next_cursor
    } catch (failure) {
      failed(t('ui.errorTitle'), failure)
    } finally {
      isLoadingMore.value = false
    }
  }

  async function sayAgain(given: GivenFeedback): Promise<void> {
    const { session_id, recommended_lora_id, feedback_type, implicit_signal, feedback_reason: reason } = given
    try {
      await giveFeedback({
        body: {
          session_id,
          recommended_lora_id,
          feedback_type,
          implicit_signal,
          ...(reason === null ? {} : { feedback_reason: reason }),
        },
      })
      await reload()
    } catch (failure) {
      failed(t('recommend.feedback.undoFailed'), failure)
    }
  }

  async function withdraw(given: GivenFeedback): Promise<void> {
    const before = withdrawn.value
    withdrawn.value = new Set([...before, given.id])
    try {
      await withdrawFeedback({ path: { id: given.id } })
    } catch (failure) {
      withdrawn.value = before
      failed(t('recommend.feedback.undoFailed'), failure)
      return
    }
    const name = given.lora_name || t('recommend.feedback.gone')
    showToast({
      tone: 'success',
      title: t('recommend.feedback.withdrawn', { name }),
      action: { label: t('ui.undo'), run: () => sayAgain(given) },
    })
  }

  return { feedback, next, isLoadingMore, error, isReading, reload, more, withdraw }
}
