import { clientsClaim } from 'workbox-core'
import { ExpirationPlugin } from 'workbox-expiration'
import {
  cleanupOutdatedCaches,
  getCacheKeyForURL,
  matchPrecache,
  type PrecacheEntry,
  precacheAndRoute,
} from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { CacheFirst, NetworkFirst } from 'workbox-strategies'
import { forgetOthers, onlyOwn, readOwner, setOwner } from './owner'
import { type Kind, kindOf, kinds, keptHeader, type Message } from './kept'

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] }

const scope = new URL(self.registration.scope)
const pathOf = (url: URL) => url.pathname.slice(scope.pathname.length)
const isHere = (url: URL) => url.origin === scope.origin && url.pathname.startsWith(scope.pathname)

/** A proxy that answers for a server that is not there. */
const gatewayErrors = [502, 503, 504]

/** An answer that is shown again says so, so that the page can tell its reader. */
function marked(kept: Response): Response {
  const headers = new Headers(kept.headers)
  headers.set(keptHeader, '1')
  return new Response(kept.body, { status: kept.status, statusText: kept.statusText, headers })
}

const room = (most: number) =>
  new ExpirationPlugin({ maxEntries: most, maxAgeSeconds: 90 * 86_400, purgeOnQuotaError: true })

const strategies = {
  facts: new NetworkFirst({
    cacheName: 'facts',
    matchOptions: { ignoreVary: true },
    plugins: [
      onlyOwn,
      {
        fetchDidSucceed: ({ response }) =>
          gatewayErrors.includes(response.status)
            ? Promise.reject(new Error('The server is not there.'))
            : Promise.resolve(response),
        cachedResponseWillBeUsed: ({ cachedResponse }) =>
          Promise.resolve(cachedResponse && marked(cachedResponse)),
      },
      room(kinds.facts.most),
    ],
  }),
  // Their addresses change with their content.
  pictures: new CacheFirst({
    cacheName: 'pictures',
    matchOptions: { ignoreVary: true },
    plugins: [onlyOwn, room(kinds.pictures.most)],
  }),
}

/** Pictures without a version in their address and parts of videos are always asked for. */
function keepableAs(url: URL, request?: Request): Kind | undefined {
  const kind = isHere(url) ? kindOf(pathOf(url)) : undefined
  if (kind !== 'pictures') return kind
  return url.searchParams.has('v') && url.searchParams.has('w') && !request?.headers.has('range')
    ? kind
    : undefined
}

cleanupOutdatedCaches()
precacheAndRoute(self.__WB_MANIFEST)
clientsClaim()

// Pages come from the server while it is there, so that a reload is all an upgrade takes.
registerRoute(
  new NavigationRoute(
    async ({ request }) => {
      try {
        const response = await fetch(request)
        if (!gatewayErrors.includes(response.status)) return response
      } catch {
        // The kept page says what is wrong better than the browser's own.
      }
      return (await matchPrecache('index.html')) ?? Response.error()
    },
    { denylist: [new RegExp(`^${scope.pathname}(api|docs|health|metrics)(/|$)`)] },
  ),
)
registerRoute(
  ({ url }) => isHere(url) && pathOf(url).startsWith('assets/'),
  new CacheFirst({ cacheName: 'parts', matchOptions: { ignoreVary: true }, plugins: [room(200)] }),
)
for (const kind of Object.keys(strategies) as Kind[]) {
  registerRoute(({ url, request }) => keepableAs(url, request) === kind, strategies[kind])
}

/** Asks again for what the page read before this worker was there; most of it the browser still has. */
async function remember(event: ExtendableMessageEvent, urls: string[]): Promise<void> {
  for (const address of urls) {
    const url = new URL(address)
    const kind = keepableAs(url)
    if (!kind) continue
    const request = new Request(url, { credentials: 'same-origin' })
    const [, done] = strategies[kind].handleAll({ event, request })
    await done.catch(() => undefined)
  }
}

self.addEventListener('message', (event) => {
  const message = event.data as Message
  if (message.type === 'account') event.waitUntil(setOwner(message.account))
  else if (message.type === 'remember') event.waitUntil(remember(event, message.urls))
  else if (message.type === 'holds') event.ports[0]?.postMessage(getCacheKeyForURL(message.url) !== undefined)
  else void self.skipWaiting()
})
self.addEventListener('activate', (event) => {
  event.waitUntil(readOwner().then(forgetOthers))
})
