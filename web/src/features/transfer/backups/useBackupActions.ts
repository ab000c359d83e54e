import { useI18n } from 'vue-i18n'
import { type Backup, rehearseBackup, verifyBackup } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { showToast } from '@/shared/toasts'
import { useTransfers } from '../runs/useTransfers'

/** What can be done with a backup without asking first. */
export function useBackupActions() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { take } = useTransfers()

  async function begin(ask: typeof verifyBackup | typeof rehearseBackup, { id }: Backup): Promise<void> {
    try {
      take((await ask({ path: { id } })).transfer)
      showToast({ title: t('transfer.backups.started') })
    } catch (error) {
      showToast({ tone: 'danger', title: t('transfer.backups.startFailed'), detail: errorText(error) })
    }
  }
  return {
    verify: (backup: Backup) => begin(verifyBackup, backup),
    rehearse: (backup: Backup) => begin(rehearseBackup, backup),
  }
}
