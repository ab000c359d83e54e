import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  cancelDownload,
  deleteDownload,
  type Download,
  listDownloads,
  orderDownloads,
  pauseDownload,
  resumeDownload,
  retryDownload,
} from '@/api/generated'
import { useLive } from '@/live/useLive'
import { announce } from '@/shared/announcer'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { useRead } from '@/shared/useRead'
import { useUndo } from '../useUndo'
import { isOver, moved, withDownload } from './queue'

/** How often the list is read again at most, in milliseconds. */
const pause = 1_000

/** Downloads wherever they were ordered, and what can be done with them. Every caller shares one state. */
export const useDownloads = createSharedComposable(() => {
  const { t } = useI18n()
  const { number } = useFormat()
  const { done, failed } = useUndo()
  const { data, error, isReading, reload } = useRead(
    () => null,
    async (_, signal) => (await listDownloads({ signal })).downloads,
  )
  const refresh = useThrottleFn(reload, pause, true)
  const all = computed<readonly Download[]>(() => data.value ?? [])
  const queue = computed(() => all.value.filter((one) => !isOver(one)))
  const over = computed(() => all.value.filter(isOver))
  const busy = shallowRef<ReadonlySet<string>>(new Set())

  function take(told: Download): void {
    const before = all.value.find(({ id }) => id === told.id)
    data.value = withDownload(all.value, told)
    if (before?.state === told.state) return
    announce(t('hub.downloads.said', { name: told.name, state: t(`hub.downloads.state.${told.state}`) }))
  }

  /** Runs one thing at a time for each download, and says why when the server refuses. */
  async function run(id: string, send: () => Promise<void>): Promise<boolean> {
    if (busy.value.has(id)) return false
    busy.value = new Set(busy.value).add(id)
    try {
      await send()
      return true
    } catch (failure) {
      failed(t('hub.downloads.failed'), failure)
      return false
    } finally {
      busy.value = new Set([...busy.value].filter((one) => one !== id))
    }
  }

  const steer =
    (ask: typeof pauseDownload | typeof retryDownload) =>
    ({ id }: Download) =>
      run(id, async () => {
        take((await ask({ path: { id } })).download)
      })
  const retry = steer(retryDownload)

  async function cancel(download: Download): Promise<void> {
    if (!(await steer(cancelDownload)(download))) return
    done(t('hub.downloads.cancelled', { name: download.name }), () => retry(download))
  }

  async function remove({ id }: Download): Promise<void> {
    await run(id, async () => {
      await deleteDownload({ path: { id } })
      data.value = all.value.filter((one) => one.id !== id)
    })
  }

  /** Takes those off the list that came to their end; a failed one may still be retried. */
  async function clear(): Promise<void> {
    const gone = over.value.filter(({ state }) => state !== 'failed')
    for (const one of gone) await remove(one)
    const left = gone.filter(({ id }) => all.value.some((one) => one.id === id)).length
    const count = gone.length - left
    if (count > 0) showToast({ title: t('hub.downloads.cleared', { count: number(count) }, count) })
  }

  async function move({ id, name }: Download, by: 1 | -1): Promise<void> {
    const ids = moved(
      queue.value.map((one) => one.id),
      id,
      by,
    )
    if (!ids) return
    await run(id, async () => {
      data.value = (await orderDownloads({ body: { ids } })).downloads
      announce(
        t('hub.downloads.moved', { name, place: number(ids.indexOf(id) + 1), count: number(ids.length) }),
      )
    })
  }

  useLive({
    download_changed: ({ download }) => {
      if (download === null || data.value === undefined) void refresh()
      else take(download)
    },
    resync: () => void refresh(),
  })

  return {
    isKnown: computed(() => data.value !== undefined),
    queue,
    over,
    error,
    isReading,
    reload,
    take,
    isBusy: (id: string) => busy.value.has(id),
    pause: steer(pauseDownload),
    resume: steer(resumeDownload),
    retry,
    cancel,
    remove,
    clear,
    move,
  }
})
