import { onScopeDispose, ref } from 'vue'
import type { ExportAuditData } from '@/api/generated'
import { downloadFrom, saveFile } from '@/api/download'
import { isAbort } from '@/api/problem'
import { useErrorText } from '@/api/useErrorText'
import { showToast } from '@/shared/toasts'
import { type AuditQuery, toFilter } from './auditQuery'

/** Saves what the filters leave of the log as a file. */
export function useAuditExport(query: () => AuditQuery) {
  const errorText = useErrorText()
  const isExporting = ref(false)
  const request = new AbortController()

  async function save(format: 'csv' | 'json'): Promise<void> {
    if (isExporting.value) return
    isExporting.value = true
    try {
      saveFile(
        await downloadFrom<ExportAuditData>(
          '/api/v1/audit/export',
          { ...toFilter(query()), format },
          request.signal,
        ),
      )
    } catch (failure) {
      if (!isAbort(failure)) showToast({ tone: 'danger', title: errorText(failure) })
    }
    isExporting.value = false
  }

  onScopeDispose(() => {
    request.abort()
  })
  return { isExporting, save }
}
