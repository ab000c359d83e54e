import { useI18n } from 'vue-i18n'
import type { LiveScan } from '@/live/frames'
import { useLive } from '@/live/useLive'
import { announce } from '@/shared/announcer'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'

const startedByHand = new Set(['user', 'root_added'])

/** Tells how a scan ended. Those that start by themselves are only worth a word when they fail. */
export function useScanNews(): void {
  const { t } = useI18n()
  const { number } = useFormat()

  function tell(scan: LiveScan) {
    if (scan.state === 'failed') {
      showToast({ tone: 'danger', title: t('scan.failed'), detail: scan.error })
    } else if (startedByHand.has(scan.trigger)) {
      const { added, updated, missing } = scan.counts
      const title = t(scan.state === 'cancelled' ? 'scan.cancelled' : 'scan.finished')
      const detail = t('scan.finishedDetail', {
        added: number(added),
        updated: number(updated),
        missing: number(missing),
      })
      showToast({ tone: scan.state === 'cancelled' ? 'neutral' : 'success', title, detail })
    }
  }

  let announcedPhase = ''
  useLive({
    scan_progress: (scan) => {
      // Only a new phase is said aloud, not each of its steps.
      if (scan.phase === announcedPhase) return
      announcedPhase = scan.phase
      announce(t(`scan.phase.${scan.phase}`))
    },
    scan_finished: (scan) => {
      announcedPhase = ''
      tell(scan)
    },
  })
}
