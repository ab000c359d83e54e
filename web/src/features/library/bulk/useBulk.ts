import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  type Adapter,
  bulkAdapters,
  type BulkParams,
  type BulkReply,
  type BulkRequest,
} from '@/api/generated'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { adapterOf, edit } from '../catalog/adapters'
import { announceChange } from '../catalog/changes'
import { useUndo } from '../catalog/useUndo'
import { isSelected, nothing, type Selection } from '@/shared/grid/selection'
import { useLibrary } from '../useLibrary'

export type BulkAction = BulkRequest['action']

/** The actions that first ask for something. */
export type BulkDialog = 'addTags' | 'removeTags' | 'weight' | 'rating' | 'base' | 'move'

/** How many adapters the server leaves out of everything that matches. */
const mostExceptions = 1_000

/** Names the adapters of a selection for the server: by id, or by the query when that is all of them but a few. */
export function targetOf(
  selection: Selection,
  q: string,
): Pick<BulkRequest, 'lora_ids' | 'q' | 'except_ids'> | null {
  if (selection.kind === 'some') return { lora_ids: [...selection.ids] }
  if (selection.except.size === 0) return { q }
  return selection.except.size <= mostExceptions ? { q, except_ids: [...selection.except] } : null
}

/** Does one thing to everything that is selected. */
export function useBulk() {
  const { t } = useI18n()
  const { number } = useFormat()
  const { done, failed } = useUndo()
  const { results, selection } = useLibrary()
  const isRunning = ref(false)

  function report(reply: BulkReply): void {
    const title = t(`library.bulk.done.${reply.action}`, { count: number(reply.processed) }, reply.processed)
    done(title, reply.undo_id, skippedText(reply))
  }

  function skippedText({ skipped }: BulkReply): string | undefined {
    const [first] = skipped
    if (!first) return undefined
    const name = adapterOf(first.id)?.name ?? first.id
    return t(
      'library.bulk.skipped',
      { count: number(skipped.length), name, reason: first.reason },
      skipped.length,
    )
  }

  /**
   * Runs an action; `shown` is what it looks like at once on the cards at hand.
   * True when the server did it.
   */
  async function run(
    action: BulkAction,
    params: BulkParams = {},
    shown?: (adapter: Adapter) => Partial<Adapter>,
  ) {
    const target = targetOf(selection.value, results.query.value?.q ?? '')
    if (!target) {
      showToast({
        tone: 'danger',
        title: t('library.bulk.failed'),
        detail: t('library.bulk.tooManyExceptions'),
      })
      return false
    }
    const ids = shown ? results.loadedIds().filter((id) => isSelected(selection.value, id)) : []
    const pending = ids.flatMap((id) => {
      const adapter = adapterOf(id)
      return adapter && shown ? [{ id, edit: edit(id, shown(adapter)) }] : []
    })
    isRunning.value = true
    try {
      const reply = await bulkAdapters({ body: { action, params, ...target } })
      const skipped = new Set(reply.skipped.map((entry) => entry.id))
      for (const one of pending) {
        if (skipped.has(one.id)) one.edit.revert()
        else one.edit.confirm()
      }
      if (action === 'delete' || action === 'restore') selection.value = nothing
      report(reply)
      announceChange()
      return true
    } catch (error) {
      for (const one of pending) one.edit.revert()
      failed(t('library.bulk.failed'), error)
      return false
    } finally {
      isRunning.value = false
    }
  }

  return { run, isRunning }
}
