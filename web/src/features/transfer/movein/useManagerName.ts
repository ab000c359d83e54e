import { useI18n } from 'vue-i18n'

/** What a manager calls itself; one without a name here is shown as the server calls it. */
export function useManagerName(): (manager: string) => string {
  const i18n = useI18n()
  const { t } = i18n
  return (manager) => {
    const key = `transfer.manager.${manager}`
    return i18n.te(key) ? t(key) : manager
  }
}
