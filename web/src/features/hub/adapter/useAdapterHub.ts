import { ref, type Ref, watch } from 'vue'
import { readAdapterHub } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { useRead } from '@/shared/useRead'
import { useHubs } from '../useHubs'

/** What hubs say about one adapter, kept current, and the way to ask them. */
export function useAdapterHub(id: Ref<string>) {
  const { lookups, lookUp } = useHubs()
  const { data, error, isReading, reload } = useRead(id, (of, signal) =>
    readAdapterHub({ path: { id: of }, signal }),
  )
  const isAsking = ref(false)
  const concerns = (ids: readonly string[] | null) => ids === null || ids.includes(id.value)

  async function ask(): Promise<void> {
    isAsking.value = true
    isAsking.value = await lookUp({ adapter_ids: [id.value], force: true })
  }

  watch(
    () => lookups.value?.running,
    (running) => {
      if (running || !isAsking.value) return
      isAsking.value = false
      void reload()
    },
  )
  watch(id, () => {
    isAsking.value = false
  })
  useLive({
    hub_changed: ({ adapter_ids }) => {
      if (concerns(adapter_ids)) void reload()
    },
    adapters_changed: ({ ids }) => {
      if (concerns(ids)) void reload()
    },
    resync: () => void reload(),
  })

  return { data, error, isReading, isAsking, reload, ask }
}
