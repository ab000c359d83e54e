import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { cancelTransfer, listTransfers, readTransfer, type Transfer } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useLive } from '@/live/useLive'
import { announce } from '@/shared/announcer'
import { showToast } from '@/shared/toasts'
import { useRead } from '@/shared/useRead'
import { isAtWork, isOver, withKnown, withTransfer } from './transfers'

/** How many the page remembers at most. */
const most = 100
/** How often the list is read again at most, in milliseconds. */
const pause = 1_000

type Follower = (transfer: Transfer) => void

/**
 * Exports, imports, backups and the like, wherever they were begun. Every caller
 * shares one connection and one state.
 */
export const useTransfers = createSharedComposable(() => {
  const { t } = useI18n()
  const errorText = useErrorText()
  const followers = new Set<Follower>()
  const cancelling = shallowRef<ReadonlySet<string>>(new Set())

  const { data, error, isReading, reload } = useRead(() => null, list)
  const refresh = useThrottleFn(reload, pause, true)

  const all = computed<readonly Transfer[]>(() => data.value ?? [])

  async function list(_: null, signal: AbortSignal): Promise<Transfer[]> {
    const { transfers } = await listTransfers({ query: { limit: most }, signal })
    return withKnown(transfers, all.value)
  }

  function take(transfer: Transfer): void {
    const before = all.value.find(({ id }) => id === transfer.id)
    data.value = withTransfer(all.value, transfer)
    if (isOver(transfer) && before && !isOver(before)) end(transfer)
  }

  function end(transfer: Transfer): void {
    announce(`${t(`transfer.kind.${transfer.kind}`)}: ${t(`transfer.state.${transfer.state}`)}`)
    for (const follow of followers) follow(transfer)
  }

  async function cancel(transfer: Transfer): Promise<void> {
    cancelling.value = new Set(cancelling.value).add(transfer.id)
    try {
      take((await cancelTransfer({ path: { id: transfer.id } })).transfer)
    } catch (failure) {
      showToast({ tone: 'danger', title: t('transfer.cancelFailed'), detail: errorText(failure) })
    } finally {
      const rest = new Set(cancelling.value)
      rest.delete(transfer.id)
      cancelling.value = rest
    }
  }

  useLive({
    transfer_changed: ({ transfer }) => {
      take(transfer)
    },
    resync: () => void refresh(),
  })

  return {
    all,
    isKnown: computed(() => data.value !== undefined),
    atWork: computed(() => all.value.filter(isAtWork)),
    /** An import, a move or a restore that changes the library now: the server does one at a time. */
    changing: computed(() =>
      all.value.find(
        ({ kind, state }) => state === 'running' && ['import', 'move_in', 'restore'].includes(kind),
      ),
    ),
    error,
    isReading,
    reload,
    take,
    cancel,
    isCancelling: (id: string) => cancelling.value.has(id),
    of: (id: string) => all.value.find((transfer) => transfer.id === id),
    /** Reads one that the list no longer holds. */
    find: async (id: string, signal: AbortSignal) => {
      const { transfer } = await readTransfer({ path: { id }, signal })
      take(transfer)
      return transfer
    },
    /** Tells of each transfer that ends, until the returned function is called. */
    onEnd: (follow: Follower) => {
      followers.add(follow)
      return () => {
        followers.delete(follow)
      }
    },
  }
})
