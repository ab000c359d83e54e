import { watch } from 'vue'
import { basePath, serverUrl } from '@/api/base'
import { useReach } from '@/api/reach'
import { type Session, useSession } from '@/shared/useSession'
import type { Message } from '@/worker/kept'

/** How often a page that stays open looks for a new version, in milliseconds. */
const lookEvery = 60 * 60_000

/** Whose browser this is, as the worker keeps things apart; null while nobody is signed in. */
function ownerOf(session: Session | null): string | null {
  if (!session || (session.required && !session.authenticated)) return null
  return `${session.mode}:${session.user?.id ?? ''}`
}

function tell(worker: ServiceWorker, message: Message, ports: MessagePort[] = []): void {
  worker.postMessage(message, ports)
}

/** True when a waiting worker brings the version that is already on the page. */
function bringsThisPage(worker: ServiceWorker): Promise<boolean> {
  const script = document.querySelector<HTMLScriptElement>('script[type=module][src]')
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      resolve(data === true)
    }
    tell(worker, { type: 'holds', url: script?.src ?? '' }, [port2])
  })
}

/** Tells the worker whose browser this is, now and at every change, and what the page has read before it came. */
async function brief(): Promise<void> {
  const { session } = useSession()
  await navigator.serviceWorker.ready
  const { serviceWorker } = navigator
  watch(
    () => ownerOf(session.value),
    (account) => {
      if (serviceWorker.controller) tell(serviceWorker.controller, { type: 'account', account })
    },
  )
  const introduce = () => {
    const { controller } = serviceWorker
    if (!controller) return
    tell(controller, { type: 'account', account: ownerOf(session.value) })
    const urls = performance.getEntriesByType('resource').map(({ name }) => name)
    tell(controller, { type: 'remember', urls })
  }
  introduce()
  serviceWorker.addEventListener('controllerchange', introduce)
}

/**
 * Registers the service worker and calls back when a newer version waits for the
 * reader, with what puts it in place. Rejects where the browser allows no worker:
 * outside of https and this computer's own addresses.
 */
export async function startWorker(onNewVersion: (takeOver: () => void) => void): Promise<void> {
  const { serviceWorker } = navigator
  const registration = await serviceWorker.register(serverUrl('/sw.js'), {
    scope: `${basePath}/`,
    updateViaCache: 'none',
  })
  void brief()

  const offer = async (waiting: ServiceWorker) => {
    if (await bringsThisPage(waiting)) {
      tell(waiting, { type: 'take-over' })
      return
    }
    onNewVersion(() => {
      serviceWorker.addEventListener('controllerchange', () => {
        location.reload()
      })
      tell(waiting, { type: 'take-over' })
    })
  }
  const follow = (worker: ServiceWorker | null) => {
    worker?.addEventListener('statechange', () => {
      // The first worker of all replaces nothing.
      if (worker.state === 'installed' && serviceWorker.controller) void offer(worker)
    })
  }
  if (registration.waiting) void offer(registration.waiting)
  follow(registration.installing)
  registration.addEventListener('updatefound', () => {
    follow(registration.installing)
  })

  const look = () => void registration.update().catch(() => undefined)
  setInterval(look, lookEvery)
  // A server that was away may have come back as a newer one.
  watch(useReach().isOut, (isOut) => {
    if (!isOut) look()
  })
}
