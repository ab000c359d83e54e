import { useI18n } from 'vue-i18n'

/** Says why generations failed, from the class the server gives; one that is not known here stays as it is. */
export function useFailureText(): (type: string) => string {
  const i18n = useI18n()
  return (type) => {
    const key = `analytics.failure.${type}`
    return i18n.te(key) ? i18n.t(key) : type
  }
}
