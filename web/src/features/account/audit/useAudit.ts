import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { type AuditEntry, listAudit } from '@/api/generated'
import { useSession } from '@/shared/useSession'
import { type AuditQuery, toFilter } from './auditQuery'

const pageSize = 50

/** The log, newest first, a page at a time. */
export function useAudit(query: () => AuditQuery) {
  const entries = shallowRef<AuditEntry[]>()
  const next = shallowRef<number | null>(null)
  const error = shallowRef<unknown>(null)
  const isReading = ref(false)
  let request = new AbortController()

  async function read(before?: number): Promise<void> {
    request.abort()
    const { signal } = (request = new AbortController())
    isReading.value = true
    try {
      const page = await listAudit({ query: { ...toFilter(query()), before, limit: pageSize }, signal })
      if (signal.aborted) return
      entries.value = before === undefined ? page.items : [...(entries.value ?? []), ...page.items]
      next.value = page.next
      error.value = null
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure
    }
    isReading.value = false
  }

  /** Reads on, unless that is being done or the log has ended. */
  async function more(): Promise<void> {
    if (!isReading.value && next.value !== null) await read(next.value)
  }

  watch(
    query,
    () => {
      entries.value = undefined
      void read()
    },
    { immediate: true },
  )
  watch(useSession().returns, () => void read())
  onScopeDispose(() => {
    request.abort()
  })
  return { entries, next, error, isReading, reload: () => read(), more }
}
