import { createEventHook } from '@vueuse/core'
import { readonly, ref, watch } from 'vue'
import { basePath } from '@/api/base'
import {
  activateAdapter,
  type Adapter,
  deactivateAdapter,
  favoriteAdapter,
  patchAdapter,
  rateAdapter,
  readAdapter,
} from '@/api/generated'
import { ApiError } from '@/api/problem'
import { askServer, useReach } from '@/api/reach'
import { useSession } from '@/shared/useSession'
import { EditQueue } from './editQueue'
import { BrowserEditStore } from './editStore'
import { canWait, type Values } from './keptEdit'

const { user, lost } = useSession()
const { isOut } = useReach()
const name = `loramanager${basePath}`
const replayed = createEventHook<number>()
const isReplaying = ref(false)

/** Favourites, ratings and the switch have routes of their own, which more people may use. */
async function send(id: string, { favorite, rating, active, ...rest }: Values): Promise<void> {
  const path = { id }
  if (Object.keys(rest).length > 0) await patchAdapter({ path, body: rest })
  if (favorite !== undefined) await favoriteAdapter({ path, body: { is_favorite: favorite } })
  if (rating !== undefined) await rateAdapter({ path, body: { rating } })
  if (active !== undefined) await (active ? activateAdapter : deactivateAdapter)({ path })
}

const queue = new EditQueue({
  store: new BrowserEditStore(name),
  server: { read: async (id) => (await readAdapter({ path: { id } })).adapter, send },
  owner: () => user.value?.id ?? '',
  // Without a secure context a browser has no locks; two tabs then may send the same values twice.
  alone: (run) => ('locks' in navigator ? navigator.locks.request(`${name} edits`, run) : run()),
})

/** The edits that wait in this browser, and what can be done with them. */
export function useKeptEdits() {
  return {
    queue,
    isReplaying: readonly(isReplaying),
    replay,
    /** Runs after edits were sent, with how many adapters changed. */
    onReplayed: replayed.on,
  }
}

/**
 * Keeps a change that failed because the server is away. False when it is not
 * away, when the change is of a kind that cannot wait, or when this browser keeps nothing.
 */
export async function keepEdit(adapter: Adapter, change: object, failure: unknown): Promise<boolean> {
  const isNetwork = failure instanceof ApiError && failure.code === 'network'
  if (!isNetwork || !canWait(change) || (await askServer())) return false
  try {
    await queue.keep(adapter, change)
    return true
  } catch {
    return false
  }
}

/** Sends what waits, as far as that goes. */
async function replay(): Promise<void> {
  if (isReplaying.value || isOut.value || lost.value) return
  isReplaying.value = true
  try {
    const sent = await queue.replay()
    await replayed.trigger(sent)
  } finally {
    isReplaying.value = false
  }
}

/** Reads the edits of earlier visits and sends them whenever the server is there. Call it once. */
export async function startEdits(): Promise<void> {
  const tabs = new BroadcastChannel(`${name} edits`)
  tabs.addEventListener('message', () => void queue.load())
  watch(queue.own, (now, before) => {
    if (JSON.stringify(now) !== JSON.stringify(before)) tabs.postMessage(null)
  })
  await queue.load()
  watch([isOut, lost, () => user.value?.id], () => void replay(), { immediate: true })
}
