import { usePreferredDark } from '@vueuse/core'
import { computed } from 'vue'
import { useErrorText } from '@/api/useErrorText'
import { useSettings } from '@/live/useSettings'
import { showToast } from '@/shared/toasts'

/** Switches between light and dark, away from whatever the system has chosen. */
export function useThemeToggle() {
  const { settings, save } = useSettings()
  const systemIsDark = usePreferredDark()
  const errorText = useErrorText()
  const isDark = computed(() =>
    settings.value.theme === 'system' ? systemIsDark.value : settings.value.theme === 'dark',
  )

  async function toggle() {
    try {
      await save({ theme: isDark.value ? 'light' : 'dark' })
    } catch (error) {
      showToast({ tone: 'danger', title: errorText(error) })
    }
  }

  return { isDark, toggle }
}
