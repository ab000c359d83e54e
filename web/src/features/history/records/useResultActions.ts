import { useI18n } from 'vue-i18n'
import {
  deleteResult,
  favoriteResult,
  rateResult,
  restoreResult,
  type Result,
  retryJob,
  tagResult,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { dismissToast, showToast } from '@/shared/toasts'
import { useHistory } from '../useHistory'
import { shownResults } from './results'

let lastToast = 0

/** Says what was done and offers to take it back, and says why when something failed. */
export function useReport() {
  const { t } = useI18n()
  const errorText = useErrorText()

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  async function attempt(undo: () => Promise<unknown>): Promise<void> {
    try {
      await undo()
    } catch (error) {
      failed(t('history.action.undoFailed'), error)
    }
  }

  function done(title: string, undo?: () => Promise<unknown>, detail?: string): void {
    dismissToast(lastToast)
    const action = undo && { label: t('ui.undo'), run: () => attempt(undo) }
    lastToast = showToast({ tone: 'success', title, detail, action })
  }

  return { done, failed }
}

/** Everything that can be done with one result. A change shows at once and is taken back when the server refuses it. */
export function useResultActions() {
  const { t } = useI18n()
  const { done, failed } = useReport()
  const { results } = useHistory()

  async function change(id: string, shown: Partial<Result>, send: () => Promise<Result>): Promise<boolean> {
    const pending = shownResults.edit(id, shown)
    try {
      pending.confirm(await send())
      return true
    } catch (error) {
      pending.revert()
      failed(t('history.action.failed'), error)
      return false
    }
  }

  const rate = (result: Result, rating: number | null) =>
    change(result.id, { rating: rating ?? null }, () =>
      rateResult({ path: { id: result.id }, body: { rating: rating ?? null } }),
    )

  const setFavorite = (result: Result, isFavorite: boolean) =>
    change(result.id, { is_favorite: isFavorite }, () =>
      favoriteResult({ path: { id: result.id }, body: { is_favorite: isFavorite } }),
    )

  const setTags = (result: Result, tags: string[]) =>
    change(result.id, { tags }, () => tagResult({ path: { id: result.id }, body: { tags } }))

  async function restore(result: Result): Promise<void> {
    const path = { id: result.id }
    try {
      await restoreResult({ path })
      void results.refresh(null)
      done(t('history.action.restored'))
    } catch (error) {
      failed(t('history.action.failed'), error)
    }
  }

  /** Moves a result to the trash; true when the server did it. */
  async function trash(result: Result): Promise<boolean> {
    const path = { id: result.id }
    try {
      await deleteResult({ path })
    } catch (error) {
      failed(t('history.action.trashFailed'), error)
      return false
    }
    void results.refresh([result.id])
    done(t('history.action.trashed', { count: 1 }, 1), async () => {
      await restoreResult({ path })
      await results.refresh(null)
    })
    return true
  }

  /** Puts a failed or cancelled job into the queue again. */
  async function retry(result: Result): Promise<void> {
    try {
      await retryJob({ path: { id: result.id } })
      void results.refresh([result.id])
      done(t('history.action.retried'))
    } catch (error) {
      failed(t('history.action.retryFailed'), error)
    }
  }

  return { rate, setFavorite, setTags, trash, restore, retry }
}
