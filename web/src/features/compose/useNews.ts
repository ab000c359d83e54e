import { useI18n } from 'vue-i18n'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'

let lastToast = 0

/** Says what was done and offers to take it back, and says why when something failed. */
export function useNews() {
  const { t } = useI18n()
  const errorText = useErrorText()

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  async function attempt(undo: () => unknown): Promise<void> {
    try {
      await undo()
    } catch (error) {
      failed(t('compose.undoFailed'), error)
    }
  }

  function done(title: string, undo?: (() => unknown) | null, detail?: string): void {
    dismissToast(lastToast)
    const action = undo ? { label: t('ui.undo'), run: () => attempt(undo) } : undefined
    lastToast = showToast({ tone: 'success', title, detail, action })
  }

  return { done, failed }
}
