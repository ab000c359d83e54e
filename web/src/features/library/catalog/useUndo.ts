import { useI18n } from 'vue-i18n'
import { undoChange } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'
import { useSession } from '@/shared/useSession'
import { announceChange } from './changes'

let lastToast = 0

/** Says what was done and offers to take it back, and says why when something failed. */
export function useUndo() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { may } = useSession()

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
    // The server's tickets are for those who may edit; a mark of one's own is taken back by setting it again.
    const isTicket = typeof undo === 'string'
    const ticket = isTicket && may('library.edit') ? () => undoChange({ path: { id: undo } }) : undefined
    const takeBack = isTicket ? ticket : undo
    const action = takeBack && { label: t('ui.undo'), run: () => attempt(takeBack) }
    lastToast = showToast({ tone: 'success', title, detail, action: action ?? undefined })
  }

  return { done, failed }
}
