import { useI18n } from 'vue-i18n'
import { changePassword } from '@/api/generated'
import { ApiError } from '@/api/problem'
import { useForm } from '@/shared/useForm'
import { useWait } from './login/useWait'

/** Changes one's own password. `current` is what is known of the old one. */
export function usePasswordForm(current: string, message: (error: unknown) => string) {
  const { t } = useI18n()
  const { seconds, heed } = useWait()
  const mismatch = new Error('The passwords differ.')

  const form = useForm({
    initial: () => ({ current, password: '', again: '' }),
    submit: async (values) => {
      if (values.password !== values.again) throw mismatch
      const body = { new: values.password, ...(values.current && { current: values.current }) }
      await changePassword({ body }).catch((failure: unknown) => {
        heed(failure)
        throw failure
      })
    },
    fieldError: (failure, field) => {
      if (failure === mismatch) return field === 'again' ? t('account.password.differ') : undefined
      if (!(failure instanceof ApiError)) return undefined
      return failure.fieldError(field === 'password' ? 'new' : field)
    },
    message,
  })
  return { ...form, seconds }
}
