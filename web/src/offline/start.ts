import { i18n } from '@/i18n'
import { showToast } from '@/shared/toasts'
import { startEdits } from './edits'
import { startWorker } from './worker'

/** Makes the app usable without the server. Called once, when the first page stands still. */
export function start(): void {
  const { t } = i18n.global
  // A browser that allows neither a database nor a worker shows the app as before; its offline page says so.
  startEdits().catch(() => undefined)
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  startWorker((takeOver) => {
    showToast({
      title: t('update.ready'),
      detail: t('update.detail'),
      action: { label: t('update.load'), run: takeOver },
      duration: Infinity,
    })
  }).catch(() => undefined)
}
