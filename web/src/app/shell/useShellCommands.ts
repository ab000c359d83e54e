import { Keyboard, Search, SunMoon } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { useCommands } from '@/shared/useCommands'
import { useSession } from '@/shared/useSession'
import { useShortcuts } from '@/shared/useShortcuts'
import { navigation } from '../router'
import { useThemeToggle } from './useThemeToggle'

interface ShellActions {
  search: () => void
  openPalette: () => void
  openHelp: () => void
}

/** What can be done from every page. */
export function useShellCommands({ search, openPalette, openHelp }: ShellActions): void {
  const { t } = useI18n()
  const router = useRouter()
  const route = useRoute()
  const { toggle } = useThemeToggle()
  const { may } = useSession()
  const general = () => t('shortcuts.group.general')
  const go = () => t('shortcuts.group.go')

  useShortcuts([{ keys: 'mod+k', label: () => t('shortcuts.palette'), group: general, run: openPalette }])
  useCommands([
    ...navigation.map(({ path, label, icon, keys, permission }) => ({
      id: `go:${path}`,
      label: () => t('shortcuts.goTo', { page: t(label) }),
      group: go,
      icon,
      keys,
      run: () => void router.push(path),
      when: () => !permission || may(permission),
    })),
    {
      id: 'search',
      label: () => t('shortcuts.search'),
      group: general,
      icon: Search,
      keys: '/',
      run: search,
      when: () => !route.meta.ownsSearch,
    },
    {
      id: 'theme',
      label: () => t('shortcuts.theme'),
      group: general,
      icon: SunMoon,
      run: () => void toggle(),
    },
    {
      id: 'help',
      label: () => t('shortcuts.help'),
      group: general,
      icon: Keyboard,
      keys: '?',
      run: openHelp,
    },
  ])
}
