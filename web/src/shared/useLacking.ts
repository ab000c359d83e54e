import { useI18n } from 'vue-i18n'
import { type Permission, useSession } from './useSession'

/**
 * Returns a function that says why something cannot be done: undefined where the
 * user has the permission. Single actions show it; whole pages are left out instead.
 */
export function useLacking(): (permission: Permission) => string | undefined {
  const { t } = useI18n()
  const { user, may } = useSession()
  return (permission) => {
    if (may(permission) || !user.value) return undefined
    return t('permission.lacking', { role: t(`permission.role.${user.value.role}`) })
  }
}
