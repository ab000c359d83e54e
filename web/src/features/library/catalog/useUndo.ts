import { useI18n } from 'vue-i18n'
import { undoChange } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'
import { announceChange } from './changes'

let lastToast = 0

/** Says what was done and offers to take it back, and says why when something failed. */
export function useUndo() {
  const { t } = useI18n()
  const errorText = useErrorText()

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  async function attempt(undo: () => Promise<unknown>): Promise<void> {
    try {
      await undo()
      announceChange()
    } catch (error) {
      failed(t('library.undo.failed'), error)
    }
  }

  /** `undo` is the server's ticket for the change, a function that takes it back, or nothing. */
  function done(title: string, undo?: string | (() => Promise<unknown>) | null, detail?: string): void {
    dismissToast(lastToast)
    const takeBack = typeof undo === 'string' ? () => undoChange({ path: { id: undo } }) : undo
    const action = takeBack && { label: t('ui.undo'), run: () => attempt(takeBack) }
    lastToast = showToast({ tone: 'success', title, detail, action: action ?? undefined })
  }

  return { done, failed }
}
