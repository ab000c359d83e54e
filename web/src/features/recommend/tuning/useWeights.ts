import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { readRecommendWeights, type RecommendWeights, setRecommendWeights } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'
import { announceTuned } from '../tuned'

/** How much each signal counts. A change shows at once and is taken back when the server refuses it. */
export function useWeights() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { data, error, isReading, reload } = useRead(
    () => null,
    (_, signal) => readRecommendWeights({ signal }),
  )
  const unsaved = ref<RecommendWeights>()
  let sending = 0

  const refresh = () => {
    // An answer that comes while a change is on its way would show what was before.
    if (sending === 0) void reload()
  }
  useLive({ recommend_changed: refresh, resync: refresh })

  async function save(weights: RecommendWeights): Promise<boolean> {
    unsaved.value = weights
    sending++
    try {
      data.value = await setRecommendWeights({ body: { weights } })
      announceTuned()
      return true
    } catch (failure) {
      showToast({ tone: 'danger', title: t('recommend.weights.failed'), detail: errorText(failure) })
      return false
    } finally {
      sending--
      if (sending === 0) unsaved.value = undefined
    }
  }

  async function reset(): Promise<void> {
    const before = data.value
    if (!before || !(await save(before.defaults))) return
    showToast({
      tone: 'success',
      title: t('recommend.weights.wasReset'),
      action: {
        label: t('ui.undo'),
        run: async () => {
          await save(before.weights)
        },
      },
    })
  }

  const weights = computed(() => unsaved.value ?? data.value?.weights)
  const isDefault = computed(() => {
    const now = weights.value
    const { defaults } = data.value ?? {}
    if (!now || !defaults) return true
    return Object.entries(defaults).every(([name, value]) => now[name as keyof RecommendWeights] === value)
  })
  return { weights, isDefault, error, isReading, reload, save, reset }
}
