import { refDebounced } from '@vueuse/core'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { estimateExport, type ExportConfig } from '@/api/generated'
import { useRead } from '@/shared/useRead'

/** How long, in milliseconds, nothing must change before the server is asked. */
const rest = 300

/** How large an export will be, asked anew a moment after what goes into it changes. */
export function useEstimate(scope: MaybeRefOrGetter<ExportConfig>) {
  const asked = refDebounced(
    computed(() => JSON.stringify(toValue(scope))),
    rest,
  )
  const { data, error, isReading, reload } = useRead(asked, (body, signal) =>
    estimateExport({ body: JSON.parse(body) as ExportConfig, signal }),
  )
  return { estimate: data, error, isReading, reload }
}
