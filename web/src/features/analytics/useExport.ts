import { Braces, Sheet } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { downloadFrom, saveFile } from '@/api/download'
import type { ExportAnalyticsData } from '@/api/generated'
import { inZone } from '@/api/inZone'
import { isAbort } from '@/api/problem'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import type { MenuItem } from '@/ui/menu'
import { questionOf, type Range } from './range/range'

type Query = NonNullable<ExportAnalyticsData['query']>

const parts = ['volume', 'adapters', 'errors', 'engines', 'resources'] as const

/** Saves a part of the figures as a file. */
export function useExport(range: () => Range) {
  const { t } = useI18n()
  const { bytes } = useFormat()
  const errorText = useErrorText()

  async function run(part: Query['part'], format: Query['format']): Promise<void> {
    const giving = new AbortController()
    const toast = showToast({
      title: t('analytics.export.running'),
      action: {
        label: t('ui.cancel'),
        run: () => {
          giving.abort()
        },
      },
      duration: Infinity,
    })
    try {
      const chosen = range()
      const file = await inZone((tz) => {
        const query: Query = { ...questionOf(chosen, tz), part, format }
        return downloadFrom<ExportAnalyticsData>('/api/v1/analytics/export', query, giving.signal)
      })
      saveFile(file)
      const detail = t('analytics.export.file', { name: file.name, size: bytes(file.blob.size) })
      showToast({ tone: 'success', title: t('analytics.export.done'), detail })
    } catch (error) {
      if (isAbort(error) || giving.signal.aborted) return
      showToast({ tone: 'danger', title: t('analytics.export.failed'), detail: errorText(error) })
    } finally {
      dismissToast(toast)
    }
  }

  /** The lines of a menu: each part as either kind of file. */
  return (): MenuItem[] =>
    parts.flatMap((part, index) =>
      (
        [
          ['csv', Sheet],
          ['json', Braces],
        ] as const
      ).map(([format, icon]) => ({
        label: t(`analytics.export.${format}`, { part: t(`analytics.export.part.${part}`) }),
        icon,
        isFirstOfGroup: index > 0 && format === 'csv',
        run: () => void run(part, format),
      })),
    )
}
