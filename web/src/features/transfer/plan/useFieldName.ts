import { useI18n } from 'vue-i18n'

/** The name of a field as people say it; one without a name of its own is shown as the server calls it. */
export function useFieldName(): (field: string) => string {
  const i18n = useI18n()
  const { t } = i18n
  return (field) => {
    const key = `transfer.plan.fields.${field}`
    return i18n.te(key) ? t(key) : field.replaceAll('_', ' ')
  }
}
