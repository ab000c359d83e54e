import { onScopeDispose, readonly, ref, watch } from 'vue'
import { serverUrl } from '@/api/base'
import { session } from '@/api/fetch'
import { askServer, useReach } from '@/api/reach'
import { useSession } from '@/shared/useSession'
import type { ListenOptions, LiveHandlers, LiveSocket, LiveState } from './socket'

const state = ref<LiveState>('idle')
let socket: Promise<LiveSocket> | undefined

/** What reads events comes beside the first page, which can be used without it. */
async function open(): Promise<LiveSocket> {
  const { LiveSocket } = await import('./socket')
  const url = new URL(serverUrl('/api/v1/ws/progress'), location.origin)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const live = new LiveSocket({
    url: url.href,
    onState: (next) => {
      state.value = next
      if (next === 'reconnecting') void askServer()
    },
    onRefused: () => session.dispatchEvent(new Event('unauthorized')),
  })
  const { lost } = useSession()
  const { isOut } = useReach()
  // Without a login or a server there is nothing to connect to; whoever brings it back says so.
  watch([lost, isOut], ([isLost, isAway]) => {
    if (isLost || isAway) live.hold()
    else live.release()
  })
  return live
}

/** Listens to the server's events for as long as the calling component or scope lives. */
export function useLive(handlers: LiveHandlers, options?: ListenOptions): void {
  let isOver = false
  let stop: (() => void) | undefined
  onScopeDispose(() => {
    isOver = true
    stop?.()
  })
  socket ??= open()
  void socket.then((opened) => {
    if (!isOver) stop = opened.listen(handlers, options)
  })
}

/** How the connection for events stands. Looking does not open it. */
export function useLiveState() {
  return readonly(state)
}
