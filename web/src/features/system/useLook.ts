import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { type Check, checkSystem } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useSystem } from '@/live/useSystem'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { useWords } from './useWords'

/** How long to wait between two looks at what the server has found by now, in milliseconds. */
const pause = 700
/** How often to look before the rest is left to itself: about 15 seconds. */
const most = 21

/** The checks that have not looked since; those that never look are not waited for. */
function unanswered(before: readonly Check[], now: readonly Check[]): Check[] {
  const times = new Map(before.map(({ id, checked_at: at }) => [id, at]))
  return now.filter(({ id, checked_at: at }) => at !== null && times.get(id) === at)
}

/** Has the server look at everything now, and tells when all of it was seen. */
export function useLook() {
  const { t } = useI18n()
  const { number } = useFormat()
  const errorText = useErrorText()
  const { system, error, reload } = useSystem()
  const { overall } = useWords()
  const isLooking = ref(false)
  let isGone = false
  onScopeDispose(() => {
    isGone = true
  })

  /** Reads until every check is newer than before; returns those that are not. */
  async function follow(before: readonly Check[]): Promise<Check[]> {
    let left: Check[] = []
    for (let turn = 0; turn < most && !isGone; turn++) {
      await new Promise((resolve) => setTimeout(resolve, pause))
      await reload()
      left = unanswered(before, system.value?.checks ?? [])
      if (left.length === 0) break
    }
    return left
  }

  async function look(): Promise<void> {
    const before = system.value?.checks ?? []
    isLooking.value = true
    try {
      await checkSystem()
      const left = await follow(before)
      if (isGone || !system.value || error.value) return
      const detail = left.length
        ? t('system.look.left', { count: number(left.length) }, left.length)
        : overall(system.value)
      showToast({ tone: left.length ? 'neutral' : 'success', title: t('system.look.done'), detail })
    } catch (failure) {
      if (!isGone) showToast({ tone: 'danger', title: t('system.look.failed'), detail: errorText(failure) })
    } finally {
      isLooking.value = false
    }
  }

  return { look, isLooking }
}
