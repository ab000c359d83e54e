import { useI18n } from 'vue-i18n'
import { ApiError } from './problem'

/** Puts a failure into one sentence: the server's own where it sent one. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useI18n()
  return (error) => {
    if (!(error instanceof ApiError)) return t('errors.internal')
    return error.detail || t(`errors.${error.code}`)
  }
}
