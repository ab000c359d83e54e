import { useI18n } from 'vue-i18n'
import { type HubIgnore, ignoreHubUpdates, showHubUpdates } from '@/api/generated'
import { useUndo } from './useUndo'

/** Leaves updates of a model, or of one version, out of sight, and brings them back. */
export function useIgnoring(changed: () => void) {
  const { t } = useI18n()
  const { done, failed } = useUndo()

  async function attempt(send: typeof ignoreHubUpdates | typeof showHubUpdates, what: HubIgnore) {
    await send({ body: what })
    changed()
  }

  async function ignore(what: HubIgnore, name: string): Promise<void> {
    try {
      await attempt(ignoreHubUpdates, what)
      const title = what.version_id
        ? t('hub.newer.didIgnoreVersion', { name })
        : t('hub.newer.didIgnoreModel')
      done(title, () => attempt(showHubUpdates, what))
    } catch (error) {
      failed(t('hub.newer.failed'), error)
    }
  }

  async function show(what: HubIgnore): Promise<void> {
    try {
      await attempt(showHubUpdates, what)
      done(t('hub.newer.didShow'), () => attempt(ignoreHubUpdates, what))
    } catch (error) {
      failed(t('hub.newer.failed'), error)
    }
  }

  return { ignore, show }
}
