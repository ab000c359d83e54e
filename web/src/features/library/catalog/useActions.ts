import { useI18n } from 'vue-i18n'
import {
  activateAdapter,
  type Adapter,
  deactivateAdapter,
  favoriteAdapter,
  moveAdapter,
  patchAdapter,
  type PatchAdapterData,
  rateAdapter,
  renameAdapter,
  rescanAdapter,
  restoreAdapter,
  trashAdapter,
} from '@/api/generated'
import { edit, update } from './adapters'
import { keepEdit } from '@/offline/edits'
import { announceChange } from './changes'
import { useUndo } from './useUndo'

interface Answer {
  /** Nobody but this browser knows of the change yet. */
  isKept?: boolean
  adapter?: Adapter
  undo_id?: string | null
}

/** Everything that can be done with one adapter. A change shows at once and is taken back when the server refuses it. */
export function useActions() {
  const { t } = useI18n()
  const { done, failed } = useUndo()

  async function run(
    adapter: Adapter,
    shown: Partial<Adapter>,
    title: string,
    send: () => Promise<Answer>,
  ): Promise<Answer | null> {
    const pending = edit(adapter.id, shown)
    try {
      const answer = await send()
      pending.confirm(answer.adapter)
      return answer
    } catch (error) {
      if (await keepEdit(adapter, shown, error)) {
        pending.confirm()
        return { isKept: true }
      }
      pending.revert()
      failed(title, error)
      return null
    }
  }

  function tell(answer: Answer | null, title: string): void {
    if (answer?.isKept) done(title, null, t('library.action.kept'))
    else if (answer) done(title, answer.undo_id)
  }

  /** Saves fields the user changed; true when the server took them. A quiet save says so elsewhere than in a toast. */
  async function save(adapter: Adapter, change: PatchAdapterData['body'], options: { quiet?: boolean } = {}) {
    const path = { id: adapter.id }
    const answer = await run(adapter, change as Partial<Adapter>, t('library.action.saveFailed'), () =>
      patchAdapter({ path, body: change }),
    )
    if (!options.quiet) tell(answer, t('library.action.saved', { name: adapter.name }))
    return answer !== null
  }

  async function setActive(adapter: Adapter, active: boolean) {
    const send = active ? activateAdapter : deactivateAdapter
    const answer = await run(adapter, { active }, t('library.action.saveFailed'), () =>
      send({ path: { id: adapter.id } }),
    )
    const title = active ? 'library.action.activated' : 'library.action.deactivated'
    tell(answer, t(title, { name: adapter.name }))
  }

  async function setFavorite(adapter: Adapter, favorite: boolean) {
    const answer = await run(adapter, { favorite }, t('library.action.saveFailed'), () =>
      favoriteAdapter({ path: { id: adapter.id }, body: { is_favorite: favorite } }),
    )
    const title = favorite ? 'library.action.favorited' : 'library.action.unfavorited'
    tell(answer, t(title, { name: adapter.name }))
  }

  async function setRating(adapter: Adapter, rating: number) {
    const answer = await run(adapter, { rating }, t('library.action.saveFailed'), () =>
      rateAdapter({ path: { id: adapter.id }, body: { rating } }),
    )
    tell(answer, t('library.action.rated', { name: adapter.name }))
  }

  async function trash(adapter: Adapter): Promise<boolean> {
    const path = { id: adapter.id }
    const answer = await run(
      adapter,
      { file_state: 'trashed' },
      t('library.action.trashFailed'),
      async () => {
        await trashAdapter({ path })
        return {}
      },
    )
    if (!answer) return false
    announceChange()
    done(t('library.action.trashed', { name: adapter.name }), () => restoreAdapter({ path }))
    return true
  }

  async function restore(adapter: Adapter) {
    const answer = await run(adapter, {}, t('library.action.restoreFailed'), () =>
      restoreAdapter({ path: { id: adapter.id } }),
    )
    if (!answer) return
    announceChange()
    done(t('library.action.restored', { name: adapter.name }))
  }

  async function rescan(adapter: Adapter) {
    const answer = await run(adapter, {}, t('library.action.rescanFailed'), () =>
      rescanAdapter({ path: { id: adapter.id } }),
    )
    if (answer) done(t('library.action.rescanned', { name: adapter.name }))
  }

  /** Moves the file; throws the server's reason, for a dialog to show. */
  async function move(adapter: Adapter, rootId: string, folder: string) {
    const path = { id: adapter.id }
    const answer = await moveAdapter({ path, body: { root_id: rootId, folder } })
    update(answer.adapter)
    announceChange()
    done(t('library.action.moved', { name: adapter.name }), () =>
      moveAdapter({ path, body: { root_id: adapter.root_id, folder: adapter.folder } }),
    )
  }

  /** Renames the file; throws the server's reason, for a dialog to show. */
  async function rename(adapter: Adapter, fileName: string) {
    const path = { id: adapter.id }
    const answer = await renameAdapter({ path, body: { file_name: fileName } })
    update(answer.adapter)
    announceChange()
    done(t('library.action.renamed', { name: answer.adapter.file_name }), () =>
      renameAdapter({ path, body: { file_name: adapter.file_name } }),
    )
  }

  return { save, setActive, setFavorite, setRating, trash, restore, rescan, move, rename }
}
