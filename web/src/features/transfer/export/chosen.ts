import type { RouteLocationNormalizedLoaded } from 'vue-router'
import type { Chosen } from './exportForm'

/** Which adapters the library handed over: ids in the address, more of them beside it, or a search. */
export function readChosen(query: RouteLocationNormalizedLoaded['query'], state: unknown): Chosen {
  const ids = one(query.ids).split(',').filter(Boolean)
  if (ids.length > 0) return { kind: 'some', ids }
  const kept = (state as { adapterIds?: unknown } | null | undefined)?.adapterIds
  if (Array.isArray(kept) && kept.length > 0) return { kind: 'some', ids: kept.map(String) }
  const q = one(query.q).trim()
  return q ? { kind: 'search', q } : { kind: 'all' }
}

function one(value: RouteLocationNormalizedLoaded['query'][string] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
