import { computed } from 'vue'
import { listRoots } from '@/api/generated'
import { useRead } from '@/shared/useRead'

/** The library folders that files can be put into, as options. */
export function useTargetRoots() {
  const { data, error, isReading, reload } = useRead(
    () => null,
    (_, signal) => listRoots({ signal }),
  )
  const roots = computed(() =>
    (data.value?.roots ?? [])
      .filter((root) => root.writable && root.state !== 'offline')
      .map((root) => ({ value: root.id, label: root.name || root.path })),
  )
  const hasNone = computed(() => data.value !== undefined && roots.value.length === 0)
  return { roots, hasNone, error, isReading, reload }
}
