import { usePreferredLanguages } from '@vueuse/core'
import { computed, watch } from 'vue'
import { pickLanguage, setLanguage } from '@/i18n'
import { usePreferences } from './preferences'

/**
 * Keeps the app in the chosen language, or in the browser's. Call it once;
 * `isThere` settles when the first texts can be shown.
 */
export function useLanguage() {
  const preferences = usePreferences()
  const readers = usePreferredLanguages()
  const language = computed(() => {
    const chosen = preferences.value.language
    return chosen === 'system' ? pickLanguage(readers.value) : chosen
  })
  // Texts that cannot be fetched leave the language as it was, which is better than no page.
  const follow = () => setLanguage(language.value).catch(() => undefined)
  watch(language, follow)
  return { isThere: follow() }
}
