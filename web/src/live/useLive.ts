import { onScopeDispose, readonly, ref } from 'vue'
import { serverUrl } from '@/api/base'
import { type ListenOptions, type LiveHandlers, LiveSocket, type LiveState } from './socket'

const state = ref<LiveState>('idle')
let socket: LiveSocket | undefined

function open(): LiveSocket {
  const url = new URL(serverUrl('/api/v1/ws/progress'), location.origin)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return new LiveSocket({
    url: url.href,
    onState: (next) => {
      state.value = next
    },
  })
}

/** Listens to the server's events for as long as the calling component or scope lives. */
export function useLive(handlers: LiveHandlers, options?: ListenOptions): void {
  socket ??= open()
  onScopeDispose(socket.listen(handlers, options))
}

/** How the connection for events stands. Looking does not open it. */
export function useLiveState() {
  return readonly(state)
}
