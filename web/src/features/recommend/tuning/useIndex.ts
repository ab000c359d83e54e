import { useIntervalFn } from '@vueuse/core'
import { computed, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  computeEmbeddings,
  readRecommendHealth,
  readRecommendStats,
  rebuildRecommendIndex,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { useRead } from '@/shared/useRead'

/** How often the computing of vectors is looked after, in milliseconds. */
const pause = 2_000

/** How the index and the text model are, and what can be done for them. */
export function useIndex() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { number, duration } = useFormat()
  const isRebuilding = ref(false)
  const isComputing = ref(false)

  const { data, error, isReading, reload } = useRead(
    () => null,
    async (_, signal) => {
      const [stats, health] = await Promise.all([
        readRecommendStats({ signal }),
        readRecommendHealth({ signal }),
      ])
      return { stats, health }
    },
  )
  const refresh = () => void reload()
  useLive({ recommend_changed: refresh, resync: refresh })

  const isBusy = computed(() => isComputing.value || data.value?.health.embedder.state === 'computing')
  const { pause: rest, resume } = useIntervalFn(refresh, pause, { immediate: false })
  watch(isBusy, (busy) => {
    if (busy) resume()
    else rest()
  })

  function failed(title: string, failure: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(failure) })
  }

  async function rebuild(): Promise<void> {
    if (isRebuilding.value) return
    isRebuilding.value = true
    try {
      const { indexed_items: count, processing_time_seconds: seconds } = await rebuildRecommendIndex({
        query: { force: true },
      })
      showToast({
        tone: 'success',
        title: t('recommend.index.rebuilt'),
        detail: t(
          'recommend.index.rebuiltText',
          { count: number(count), took: duration(seconds * 1_000) },
          count,
        ),
      })
      void reload()
    } catch (failure) {
      failed(t('recommend.index.rebuildFailed'), failure)
    } finally {
      isRebuilding.value = false
    }
  }

  async function compute(): Promise<void> {
    if (isComputing.value) return
    isComputing.value = true
    try {
      const { processed_count: done, error_count: errors } = await computeEmbeddings({
        body: { compute_all: true },
      })
      const title =
        done > 0
          ? t('recommend.index.computed', { count: number(done) }, done)
          : t('recommend.index.computedNone')
      if (errors > 0) {
        const detail = t('recommend.index.computeErrors', { count: number(errors) }, errors)
        showToast({ tone: 'danger', title, detail })
      } else showToast({ tone: 'success', title })
      void reload()
    } catch (failure) {
      failed(t('recommend.index.computeFailed'), failure)
    } finally {
      isComputing.value = false
    }
  }

  return { state: data, error, isReading, reload, isRebuilding, isComputing, rebuild, compute }
}
