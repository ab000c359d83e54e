import { createSharedComposable } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { readSummary } from '@/api/generated'
import type { LiveScan } from './frames'
import { useLive } from './useLive'

/**
 * The scan that is running, wherever it was started, and the one that ended last.
 * Every caller shares one connection and one state.
 */
export const useScan = createSharedComposable(() => {
  const running = shallowRef<LiveScan | null>(null)
  const last = shallowRef<LiveScan | null>(null)

  async function read() {
    try {
      const summary = await readSummary()
      running.value = summary.scanning ?? null
      last.value = summary.last_scan ?? null
    } catch {
      // The pages that show the summary report why it cannot be read.
    }
  }

  useLive({
    scan_progress: (scan) => {
      running.value = scan.state === 'running' ? scan : null
    },
    scan_finished: (scan) => {
      running.value = null
      last.value = scan
    },
    resync: () => void read(),
  })
  void read()

  return {
    running,
    last,
    /** From 0 to 1, or null while the files are still being counted. */
    progress: computed(() => scanProgress(running.value)),
    /** Shows a scan that this page has just started before its first event arrives. */
    begin: (scan: LiveScan) => {
      if (scan.state === 'running') running.value = scan
    },
  }
})

/** The share of the files found that a scan is done with; null when that is not known yet. */
export function scanProgress(scan: LiveScan | null): number | null {
  if (!scan || scan.phase === 'walk' || scan.counts.found === 0) return null
  const { found, read, unchanged } = scan.counts
  return Math.min(1, (read + unchanged) / found)
}
