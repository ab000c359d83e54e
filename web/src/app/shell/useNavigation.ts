import { computed } from 'vue'
import { useSession } from '@/shared/useSession'
import { navigation } from '../router'

/** The pages of the navigation that the user may see. */
export function useNavigation() {
  const { may } = useSession()
  return computed(() => navigation.filter(({ permission }) => !permission || may(permission)))
}
