import { useI18n } from 'vue-i18n'
import { undoChange } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { showToast } from '@/shared/toasts'

/** Says what was done and offers to take it back; says why when something failed. */
export function useUndo() {
  const { t } = useI18n()
  const errorText = useErrorText()

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  /** `undo` is the server's ticket for the change, or a function that takes it back. */
  function done(title: string, undo: string | null | (() => Promise<unknown>)): void {
    const takeBack = typeof undo === 'string' ? () => undoChange({ path: { id: undo } }) : undo
    const run = async () => {
      try {
        await takeBack?.()
      } catch (error) {
        failed(t('hub.newer.failed'), error)
      }
    }
    showToast({ tone: 'success', title, action: takeBack ? { label: t('ui.undo'), run } : undefined })
  }

  return { done, failed }
}
