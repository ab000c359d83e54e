import { useI18n } from 'vue-i18n'

/** What a parameter is called; one that this app does not know yet keeps the server's name. */
export function useFactLabel(): (key: string) => string {
  const i18n = useI18n()
  return (key) =>
    i18n.te(`history.param.${key}`) ? i18n.t(`history.param.${key}`) : key.replaceAll('_', ' ')
}
