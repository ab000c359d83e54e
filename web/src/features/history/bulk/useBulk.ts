import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { bulkResults, type ExportResultsData, type Result, type ResultBulk } from '@/api/generated'
import { download, saveFile } from '@/api/download'
import { isAbort } from '@/api/problem'
import { nothing } from '@/shared/grid/selection'
import { dismissToast, showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { shownResults } from '../records/results'
import { useReport } from '../records/useResultActions'
import { useHistory } from '../useHistory'
import type { useSelection } from '../useSelection'
import { groupBy, tagHolders, withTags } from './bulk'

/** How many results the server puts into one archive. */
export const mostExported = 1_000

interface Change {
  body: Omit<ResultBulk, 'ids'>
  /** What it looks like at once on the cards at hand. */
  shown: (result: Result) => Partial<Result>
  /** Takes it back, knowing the results as they were. */
  undo: (before: Result[]) => ResultBulk[]
}

/** Does one thing to everything that is selected. */
export function useBulk(selecting: ReturnType<typeof useSelection>) {
  const { t } = useI18n()
  const { number, bytes } = useFormat()
  const { done, failed } = useReport()
  const { results, selection } = useHistory()
  const isRunning = ref(false)

  async function change({ body, shown, undo }: Change): Promise<boolean> {
    const ids = selecting.ids.value
    const before = ids.flatMap((id) => shownResults.of(id) ?? [])
    const edits = before.map((result) => shownResults.edit(result.id, shown(result)))
    isRunning.value = true
    try {
      const { processed } = await bulkResults({ body: { ...body, ids } })
      for (const edit of edits) edit.confirm()
      const title = t(`history.bulk.done.${body.action}`, { count: number(processed) }, processed)
      // What was forgotten meanwhile cannot be put back as it was.
      done(title, before.length === ids.length ? () => takeBack(undo(before)) : undefined)
      return true
    } catch (error) {
      for (const edit of edits) edit.revert()
      failed(t('history.bulk.failed'), error)
      return false
    } finally {
      isRunning.value = false
    }
  }

  async function takeBack(steps: ResultBulk[]): Promise<void> {
    for (const body of steps) await bulkResults({ body })
    await results.refresh(null)
  }

  const rate = (rating: number | null) =>
    change({
      body: { action: 'rate', rating },
      shown: () => ({ rating }),
      undo: (before) =>
        groupBy(before, (result) => result.rating).map(({ value, ids }) => ({
          action: 'rate',
          rating: value,
          ids,
        })),
    })

  const favorite = (isFavorite: boolean) =>
    change({
      body: { action: isFavorite ? 'favorite' : 'unfavorite' },
      shown: () => ({ is_favorite: isFavorite }),
      undo: (before) =>
        groupBy(before, (result) => result.is_favorite).map(({ value, ids }) => ({
          action: value ? 'favorite' : 'unfavorite',
          ids,
        })),
    })

  const tag = (tags: string[], action: 'add' | 'remove') =>
    change({
      body: { action: action === 'add' ? 'add_tags' : 'remove_tags', tags },
      shown: (result) => ({ tags: withTags(result, tags, action) }),
      undo: (before) =>
        tagHolders(before, tags, action === 'remove').map(({ tag: one, ids }) => ({
          action: action === 'add' ? 'remove_tags' : 'add_tags',
          tags: [one],
          ids,
        })),
    })

  /** Moves results to the trash, or takes them out of it. */
  async function move(action: 'delete' | 'restore'): Promise<boolean> {
    const ids = selecting.ids.value
    isRunning.value = true
    try {
      const { processed } = await bulkResults({ body: { action, ids } })
      selection.value = nothing
      void results.refresh(action === 'delete' ? ids : null)
      const back: ResultBulk = { action: action === 'delete' ? 'restore' : 'delete', ids }
      const title = t(`history.bulk.done.${action}`, { count: number(processed) }, processed)
      done(title, processed > 0 ? () => takeBack([back]) : undefined)
      return true
    } catch (error) {
      failed(t('history.bulk.failed'), error)
      return false
    } finally {
      isRunning.value = false
    }
  }

  async function exportZip(): Promise<void> {
    const ids = selecting.ids.value
    const giving = new AbortController()
    const cancel = () => {
      giving.abort()
    }
    const toast = showToast({
      title: t('history.bulk.exporting', { count: number(ids.length) }, ids.length),
      action: { label: t('ui.cancel'), run: cancel },
      duration: Infinity,
    })
    try {
      const body = { ids, include_metadata: true }
      const file = await download<ExportResultsData>('/api/v1/generation/results/export', body, giving.signal)
      saveFile(file)
      done(t('history.bulk.exported'), undefined, `${file.name} · ${bytes(file.blob.size)}`)
    } catch (error) {
      if (!isAbort(error) && !giving.signal.aborted) failed(t('history.bulk.exportFailed'), error)
    } finally {
      dismissToast(toast)
    }
  }

  return {
    isRunning,
    rate,
    favorite,
    tag,
    trash: () => move('delete'),
    restore: () => move('restore'),
    exportZip,
  }
}
