import type { WorkboxPlugin } from 'workbox-core'
import { kinds } from './kept'

/**
 * Whose browser this is decides what may be kept and shown. It stands in a cache of
 * its own, because a worker is ended and started at any time.
 */
const cacheName = 'owner'
const address = 'owner'

let known: string | null | undefined

/** Whose browser it is; null for nobody's. */
export async function readOwner(): Promise<string | null> {
  if (known !== undefined) return known
  const noted = await caches.match(address, { cacheName })
  const owner = (await noted?.text()) ?? null
  known ??= owner
  return known
}

/** Takes note of who signed in or out. What was kept for anybody else is gone when it returns. */
export async function setOwner(owner: string | null): Promise<void> {
  const before = await readOwner()
  known = owner
  const cache = await caches.open(cacheName)
  if (owner === null) await cache.delete(address)
  else await cache.put(address, new Response(owner))
  if (before !== owner) await forget()
}

/** Drops what is kept while nobody is known to own it. */
export async function forgetOthers(owner: string | null): Promise<void> {
  if (owner === null) await forget()
}

async function forget(): Promise<void> {
  await Promise.all(Object.keys(kinds).map((kind) => caches.delete(kind)))
}

/**
 * Keeps answers apart by owner: they are found under the owner's name only, and one
 * that was asked for by somebody who has left meanwhile is not kept.
 */
export const onlyOwn: WorkboxPlugin = {
  handlerWillStart: async ({ state }) => {
    if (state) state.owner = await readOwner()
  },
  cacheKeyWillBeUsed: ({ request, state }) => {
    const url = new URL(request.url)
    url.searchParams.set('owner', String(state?.owner))
    return Promise.resolve(url.href)
  },
  cacheWillUpdate: async ({ response, state }) => {
    const owner: unknown = state?.owner
    const isOwn = owner !== null && owner === (await readOwner())
    return isOwn && response.status === 200 ? response : null
  },
}
