import { computed, onScopeDispose, type Ref, watch } from 'vue'
import { inspectAdapter, listDigests, readAdapter } from '@/api/generated'
import { useRead } from '@/shared/useRead'
import { adapterOf, hold } from '../catalog/adapters'
import { useChanges } from '../catalog/changes'

/** One adapter with all its page shows, kept current. The parts that take longer come when they come. */
export function useAdapterDetail(id: Ref<string>) {
  const detail = useRead(id, (of, signal) => readAdapter({ path: { id: of }, signal }))
  // An adapter that is not there has no parts either.
  const found = computed(() => detail.data.value?.adapter.id)
  const report = useRead(found, async (of, signal) =>
    of ? inspectAdapter({ path: { id: of }, signal }) : undefined,
  )
  const digests = useRead(found, async (of, signal) =>
    of ? listDigests({ path: { id: of }, signal }) : undefined,
  )

  let release: () => void = () => undefined
  watch(detail.data, (now) => {
    const before = release
    release = now ? hold([now.adapter]) : () => undefined
    before()
  })
  onScopeDispose(() => {
    release()
  })
  useChanges(() => {
    void detail.reload()
    void digests.reload()
  }, 1_500)

  return {
    detail,
    report,
    digests,
    adapter: computed(() => adapterOf(id.value) ?? undefined),
    /** The rest of the answer, while it is about this adapter. */
    more: computed(() => (detail.data.value?.adapter.id === id.value ? detail.data.value : undefined)),
  }
}
