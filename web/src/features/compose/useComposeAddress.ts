import { watch } from 'vue'
import { useI18n } from 'vue-i18n'
import type { RouteLocationNormalizedLoaded, Router } from 'vue-router'
import { parsePrompt, readResult } from '@/api/generated'
import { rebuiltBench } from './bench/bench'
import { useBench } from './bench/useBench'
import { rebuiltFrom } from './rebuild/result'
import { useNews } from './useNews'
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
  const { t } = useI18n()
  const { failed } = useNews()
  const { bench } = useBench()

  /** Rebuilds what a result of the history was made with. */
  async function openResult(id: string): Promise<void> {
    try {
      const result = await readResult({ path: { id } })
      const parsed = await parsePrompt({ body: { text: result.prompt } })
      work.show(rebuiltBench(rebuiltFrom(result, parsed), true), t('compose.news.rebuilt'))
    } catch (error) {
      failed(t('compose.news.openFailed'), error)
    }
  }

  watch(
    // The address already belongs to the next page while this one is being left.
    () => (route.name === 'compose' ? route.query : null),
    async (query) => {
      if (!query) return
      const { id, add, result } = query
      if (typeof id === 'string' && id) await work.openById(id)
      if (typeof result === 'string' && result) await openResult(result)
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
