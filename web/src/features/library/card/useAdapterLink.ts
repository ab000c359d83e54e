import type { RouteLocationRaw } from 'vue-router'

/** Where an adapter's page is. */
export function useAdapterLink(): (id: string) => RouteLocationRaw {
  return (id) => ({ name: 'adapter', params: { id } })
}
