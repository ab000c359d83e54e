import { useIntervalFn } from '@vueuse/core'
import { computed, onScopeDispose, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { dropExport, type ExportConfig, planExport, readExport } from '@/api/generated'
import { useRead } from '@/shared/useRead'
import { useTransferEnd } from '../runs/useTransferEnd'

/** How often one that is being prepared is looked at, in milliseconds, should no event tell of its end. */
const look = 3_000

/** The export that the address names: its parts can be downloaded until it expires. */
export function useExportPlan() {
  const route = useRoute()
  const router = useRouter()
  const id = computed(() => (typeof route.query.export === 'string' ? route.query.export : ''))

  const { data, error, isReading, reload } = useRead(id, async (wanted, signal) => {
    if (!wanted) return null
    return (await readExport({ path: { id: wanted }, signal })).export
  })
  // The answer about the last one stays at hand until the next one comes.
  const plan = computed(() => (data.value?.id === id.value ? data.value : null))

  const { pause, resume } = useIntervalFn(() => void reload(), look, { immediate: false })
  watch(
    () => plan.value?.state,
    (state) => {
      if (state === 'preparing') resume()
      else pause()
    },
    { immediate: true },
  )
  onScopeDispose(pause)
  useTransferEnd(({ kind }) => {
    if (kind === 'export' && id.value) void reload()
  })

  /** Settles what goes into the archive; rejects with the server's reason. */
  async function begin(config: ExportConfig): Promise<void> {
    const { export: made } = await planExport({ body: config })
    data.value = made
    await router.push({ query: { ...route.query, export: made.id }, state: kept() })
  }

  /** Back to the form, with what was chosen in the library. */
  async function leave(): Promise<void> {
    await router.push({ query: { ...route.query, export: undefined }, state: kept() })
  }

  async function drop(): Promise<void> {
    await dropExport({ path: { id: id.value } })
    await leave()
  }

  return { id, plan, error, isReading, reload, begin, leave, drop }
}

/** What the library handed over beside the address goes along to the next one. */
function kept(): { adapterIds: string[] } | undefined {
  const { adapterIds } = (history.state ?? {}) as { adapterIds?: string[] }
  return Array.isArray(adapterIds) ? { adapterIds } : undefined
}
