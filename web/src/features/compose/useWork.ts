import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRouter } from 'vue-router'
import {
  activateComposition,
  type Adapter,
  type Composition,
  compose,
  deleteComposition,
  listAdapters,
  parsePrompt,
  readAdapter,
  readComposition,
  restoreComposition,
  undoChange,
} from '@/api/generated'
import { useDraft } from '@/shared/draft'
import { type Bench, emptyBench, fingerprint, opened } from './bench/bench'
import { addAdapters, entryOf, mostEntries, withKey } from './bench/entries'
import { useBench } from './bench/useBench'
import { entriesIn } from './rebuild/tags'
import { useNews } from './useNews'

/** The order in which the server composes active adapters: by place, then by name. */
function byPlace(a: Adapter, b: Adapter): number {
  return (a.ordinal ?? 0) - (b.ordinal ?? 0) || (a.name < b.name ? -1 : 1)
}

/** What can be done with the bench as a whole. Everything that takes its content away can be undone. */
export function useWork() {
  const { t } = useI18n()
  const router = useRouter()
  const { done, failed } = useNews()
  const { put } = useDraft()
  const { bench, content, isDirty, isEmpty, change, replace, add } = useBench()
  const isStarting = ref(false)
  const isSending = ref(false)

  function show(next: Bench, title: string): void {
    const undo = replace(next)
    done(title, undo)
  }

  function open(composition: Composition): void {
    const hadContent = !isEmpty.value && isDirty.value
    const undo = replace(opened(composition))
    done(t('compose.news.opened', { name: composition.name }), hadContent ? undo : null)
  }

  async function openById(id: string): Promise<void> {
    if (bench.value.id === id) return
    try {
      open((await readComposition({ path: { id } })).composition)
    } catch (error) {
      failed(t('compose.news.openFailed'), error)
    }
  }

  function startNew(): void {
    show(emptyBench(), t('compose.news.started'))
  }

  async function startFromActive(): Promise<void> {
    isStarting.value = true
    try {
      const { items, filtered } = await listAdapters({ query: { q: 'is:active', per_page: mostEntries } })
      if (items.length === 0) {
        done(t('compose.news.noneActive'))
        return
      }
      const { prefix, suffix, negative } = bench.value
      const entries = [...items].sort(byPlace).map(entryOf)
      const undo = replace({ ...emptyBench(), prefix, suffix, negative, entries })
      const left = filtered - items.length
      done(
        t('compose.news.fromActive', { count: items.length }, items.length),
        undo,
        left > 0 ? t('compose.news.tooMany', { most: mostEntries, left }) : undefined,
      )
    } catch (error) {
      failed(t('compose.news.activeFailed'), error)
    } finally {
      isStarting.value = false
    }
  }

  /** Adds adapters by id, as links from the library name them. */
  async function addById(ids: readonly string[]): Promise<void> {
    const answers = await Promise.allSettled(ids.map((id) => readAdapter({ path: { id } })))
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.adapter] : []))
    const lost = answers.find((answer) => answer.status === 'rejected')
    const before = bench.value.entries
    const added = addAdapters(before, found).length - before.length
    add(found)
    if (lost) failed(t('compose.news.addFailed'), lost.reason)
    else if (added === 0) done(t('compose.news.alreadyThere'))
    else {
      done(t('compose.news.added', { count: added }, added), () => {
        change({ entries: before })
      })
    }
  }

  /** Turns the adapters that one of the texts names into entries, and leaves the other words. */
  async function takeTagsOut(field: 'prefix' | 'suffix'): Promise<void> {
    const text = bench.value[field]
    try {
      const rebuilt = await parsePrompt({ body: { text, dialect: 'a1111' } })
      // What was typed meanwhile is not to be lost.
      if (bench.value[field] !== text) return
      const { entries } = bench.value
      const taken = entriesIn(rebuilt).map(withKey)
      change({ [field]: rebuilt.text, entries: [...entries, ...taken] })
      done(t('compose.news.tagsTaken', { count: taken.length }, taken.length), () => {
        change({ [field]: text, entries })
      })
    } catch (error) {
      failed(t('compose.news.tagsFailed'), error)
    }
  }

  /** Makes the composition what is active in the library; it has to be kept for that. */
  async function activate(): Promise<void> {
    const { id, name } = bench.value
    if (id === null) return
    try {
      const { undo_id: undo, activated, deactivated } = await activateComposition({ path: { id } })
      done(
        t('compose.news.activated', { name }),
        undo ? () => undoChange({ path: { id: undo } }) : null,
        undo === null
          ? t('compose.news.nothingChanged')
          : activated + deactivated > 0
            ? t('compose.news.activatedDetail', { activated, deactivated })
            : t('compose.news.usesChanged'),
      )
    } catch (error) {
      failed(t('compose.news.activateFailed'), error)
    }
  }

  /** Deletes a kept composition. When it is on the bench, its content stays there, unsaved. */
  async function remove(id: string, name: string): Promise<void> {
    try {
      await deleteComposition({ path: { id } })
      const last = bench.value
      if (last.id === id) change({ id: null, version: 0, kept: '' })
      done(t('compose.news.deleted', { name }), async () => {
        const { composition } = await restoreComposition({ path: { id } })
        const isStill = bench.value.id === null && last.id === id
        if (isStill) change({ id, version: composition.version, kept: opened(composition).kept })
      })
    } catch (error) {
      failed(t('compose.news.deleteFailed'), error)
    }
  }

  /** Hands the composition to the generate page; `text` instead of the composed prompt where it is given. */
  async function sendToGenerate(text?: string): Promise<void> {
    if (isSending.value) return
    isSending.value = true
    try {
      const sent = content.value
      const written = text === undefined ? await compose({ body: { ...sent, dialect: 'a1111' } }) : null
      put({
        prompt: text ?? written?.prompt ?? '',
        negative: sent.negative,
        entries: sent.entries,
        // What was changed since is not that composition any more.
        compositionId: fingerprint(sent) === bench.value.kept ? bench.value.id : null,
        ...(bench.value.params ? { params: { ...bench.value.params } } : {}),
      })
      await router.push('/generate')
    } catch (error) {
      failed(t('compose.news.sendFailed'), error)
    } finally {
      isSending.value = false
    }
  }

  return {
    isStarting,
    isSending,
    show,
    open,
    openById,
    startNew,
    startFromActive,
    addById,
    takeTagsOut,
    activate,
    remove,
    sendToGenerate,
  }
}
