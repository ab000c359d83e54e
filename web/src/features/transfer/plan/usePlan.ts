import { computed, type MaybeRefOrGetter, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  applyImport,
  type ImportCounts,
  type ImportItem,
  type ImportPolicyPatch,
  listImportItems,
  setImportPolicy,
} from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'
import { useTransfers } from '../runs/useTransfers'
import { type Action, pageLength, PlanItems } from './planItems'
import type { Policy } from './policy'

const nothing: ImportCounts = {
  create: 0,
  update: 0,
  conflict: 0,
  same: 0,
  skip: 0,
  files: 0,
  file_bytes: 0,
  compositions: 0,
  jobs: 0,
  images: 0,
  settings: 0,
}

/** The plan of an import or of a move: what it would do, what was decided, and its end. */
export function usePlan(id: MaybeRefOrGetter<string>) {
  const { t } = useI18n()
  const errorText = useErrorText()
  const transfers = useTransfers()

  const { error, isReading, reload } = useRead(
    () => toValue(id),
    (wanted, signal) => transfers.find(wanted, signal),
  )
  const transfer = computed(() => transfers.of(toValue(id)))
  /** What happens as it is decided now; a conflict in it is one that still waits for a word. */
  const counts = computed(() => transfer.value?.counts ?? nothing)
  /** What was found before any decision, which is what items are listed by. */
  const found = computed(() => transfer.value?.plan ?? { ...counts.value, policy: 'ask' as const })

  const action = shallowRef<Action | null>(null)
  const items = new PlanItems((wanted, after, signal) =>
    listImportItems({
      path: { id: toValue(id) },
      query: { action: wanted ?? undefined, after, limit: pageLength },
      signal,
    }),
  )
  onScopeDispose(() => {
    items.close()
  })
  watch(
    [() => transfer.value?.state === 'planned', action],
    ([isPlanned]) => {
      if (isPlanned) void items.ask(action.value)
    },
    { immediate: true },
  )

  async function patch(body: ImportPolicyPatch): Promise<void> {
    try {
      const reply = await setImportPolicy({ path: { id: toValue(id) }, body })
      transfers.take(reply.transfer)
    } catch (failure) {
      showToast({ tone: 'danger', title: t('transfer.plan.policyFailed'), detail: errorText(failure) })
    } finally {
      await items.refresh()
    }
  }

  return {
    transfer,
    counts,
    found,
    action,
    items,
    error,
    isReading,
    reload,
    /** Decides all conflicts without a decision of their own. */
    decideAll: (policy: Policy) => patch({ policy }),
    decide: async (item: ImportItem, policy: ImportItem['policy']) => {
      items.decide(item.key, policy)
      await patch({ items: { [item.key]: policy } })
    },
    /** Writes it all; rejects with the server's reason, such as an undecided conflict. */
    apply: async () => {
      transfers.take((await applyImport({ path: { id: toValue(id) } })).transfer)
    },
    discard: async () => {
      if (transfer.value) await transfers.cancel(transfer.value)
    },
  }
}
