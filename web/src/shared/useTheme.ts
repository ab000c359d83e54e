import { usePreferredDark } from '@vueuse/core'
import { computed, watchEffect } from 'vue'
import { usePreferences } from './preferences'

const canvas = { light: '#f8f9f9', dark: '#131416' }

/** Keeps the page in the chosen theme. Call it once; public/theme.js does the same before the first paint. */
export function useTheme() {
  const preferences = usePreferences()
  const systemIsDark = usePreferredDark()
  const theme = computed(() => {
    if (preferences.value.theme !== 'system') return preferences.value.theme
    return systemIsDark.value ? 'dark' : 'light'
  })
  watchEffect(() => {
    const root = document.documentElement
    root.classList.toggle('dark', theme.value === 'dark')
    root.dataset.density = preferences.value.density
    document.querySelector('meta[name=theme-color]')?.setAttribute('content', canvas[theme.value])
  })
  return theme
}
