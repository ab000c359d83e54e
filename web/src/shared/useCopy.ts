import { useI18n } from 'vue-i18n'
import { showToast } from './toasts'

/** Copies text and says so, repeating it unless it is a secret. */
export function useCopy() {
  const { t } = useI18n()

  return async function copy(text: string, options: { isSecret?: boolean } = {}): Promise<void> {
    try {
      await write(text)
      const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text
      showToast({ title: t('ui.copied'), ...(!options.isSecret && { detail: shown }) })
    } catch {
      showToast({ tone: 'danger', title: t('ui.copyFailed') })
    }
  }
}

/** Browsers offer the clipboard only to secure pages; a server in the home network is none. */
async function write(text: string): Promise<void> {
  if (window.isSecureContext) {
    await navigator.clipboard.writeText(text)
    return
  }
  const area = document.createElement('textarea')
  area.value = text
  area.style.position = 'fixed'
  document.body.append(area)
  area.select()
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way without a secure connection
  const copied = document.execCommand('copy')
  area.remove()
  if (!copied) throw new Error('The browser did not copy.')
}
