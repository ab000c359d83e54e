import { useDocumentVisibility, useIntervalFn } from '@vueuse/core'
import { watch } from 'vue'

/**
 * Reads something again every so many milliseconds, but not in a hidden tab, and
 * at once when the tab is looked at again.
 */
export function useGentleRefresh(read: () => unknown, every: number): void {
  const { pause, resume } = useIntervalFn(() => void read(), every)
  watch(useDocumentVisibility(), (visibility) => {
    if (visibility === 'hidden') {
      pause()
    } else {
      void read()
      resume()
    }
  })
}
