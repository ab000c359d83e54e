import { Braces, Sheet } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { download, saveFile } from '@/api/download'
import type { ExportAdaptersData, ExportRequest } from '@/api/generated'
import { isAbort } from '@/api/problem'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import type { MenuItem } from '@/ui/menu'
import { countSelected, type Selection, selectAll, nothing } from '@/shared/grid/selection'
import { useLacking } from '@/shared/useLacking'
import { useLibrary } from '../useLibrary'
import { targetOf } from './useBulk'
import { useHandOver } from './useHandOver'

type ExportFormat = ExportRequest['format']

/** Saves what is known about adapters as a file, in the order of the list. */
export function useExport() {
  const { t } = useI18n()
  const { number, bytes } = useFormat()
  const errorText = useErrorText()
  const { results, selection } = useLibrary()
  const handOver = useHandOver()
  const lacking = useLacking()

  function refuse(detail: string): void {
    showToast({ tone: 'danger', title: t('library.export.failed'), detail })
  }

  async function run(what: Selection, format: ExportFormat): Promise<void> {
    const { q, sort, order } = results.query.value ?? { q: '', sort: 'name', order: 'asc' }
    const target = targetOf(what, q)
    if (!target) {
      refuse(t('library.bulk.tooManyExceptions'))
      return
    }
    const count = countSelected(what, results.count.value ?? 0)
    const giving = new AbortController()
    const toast = showToast({
      title: t('library.export.running', { count: number(count) }, count),
      action: {
        label: t('ui.cancel'),
        run: () => {
          giving.abort()
        },
      },
      duration: Infinity,
    })
    try {
      // The query goes along even with ids: an order by best match needs its words.
      const body: ExportRequest = { q, ...target, sort, order, format }
      const file = await download<ExportAdaptersData>('/api/v1/adapters/export', body, giving.signal)
      saveFile(file)
      const detail = t('library.export.file', { name: file.name, size: bytes(file.blob.size) })
      showToast({ tone: 'success', title: t('library.export.done'), detail })
    } catch (error) {
      if (!isAbort(error) && !giving.signal.aborted) refuse(errorText(error))
    } finally {
      dismissToast(toast)
    }
  }

  /** The lines of a menu that exports what `what` says at the time of the click. */
  function items(what: () => Selection): MenuItem[] {
    const item = (format: ExportFormat, icon: MenuItem['icon']): MenuItem => ({
      label: t(`library.export.${format}`),
      icon,
      run: () => void run(what(), format),
    })
    const reason = lacking('library.export')
    return [item('json', Braces), item('csv', Sheet), ...handOver(what)].map((one) => ({ ...one, reason }))
  }

  return {
    /** For what is selected. */
    selected: () => items(() => selection.value),
    /** For everything the list shows. */
    listed: () => items(() => selectAll(nothing)),
  }
}
