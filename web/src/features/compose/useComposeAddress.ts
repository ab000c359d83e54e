import { watch } from 'vue'
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'
import { useBench } from './bench/useBench'
import type { useWork } from './useWork'

/** The adapters that an address asks to add: "add" may be given several times, each with ids between commas. */
export function idsToAdd(value: unknown): string[] {
  const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string')
  return [...new Set(texts.flatMap((text) => text.split(',')).filter(Boolean))]
}

interface Address {
  route: RouteLocationNormalizedLoaded
  router: Router
  work: ReturnType<typeof useWork>
}

/** Does what the address asks for, and keeps the composition that is open in it. */
export function useComposeAddress({ route, router, work }: Address): void {
  const { bench } = useBench()

  watch(
    // The address already belongs to the next page while this one is being left.
    () => (route.name === 'compose' ? route.query : null),
    async (query) => {
      if (!query) return
      const { id, add } = query
      if (typeof id === 'string' && id) await work.openById(id)
      const ids = idsToAdd(add)
      // Done once: a reload must not add them again.
      await router.replace({ name: 'compose', query: bench.value.id ? { id: bench.value.id } : {} })
      if (ids.length) await work.addById(ids)
    },
    { immediate: true },
  )
  watch(
    () => bench.value.id,
    (id) => {
      if (route.name === 'compose') void router.replace({ name: 'compose', query: id ? { id } : {} })
    },
  )
}
