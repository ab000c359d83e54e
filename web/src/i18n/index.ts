import { createI18n } from 'vue-i18n'
import { en, features } from './en'

export const i18n = createI18n({
  legacy: false,
  locale: 'en',
  fallbackLocale: 'en',
  messages: { en },
})

export type TextGroup = keyof typeof features

/** Fetches the texts of a feature, once. */
export async function loadTexts(group: TextGroup): Promise<void> {
  if (Object.hasOwn(i18n.global.getLocaleMessage('en'), group)) return
  i18n.global.mergeLocaleMessage('en', { [group]: await features[group]() })
}

/** Loads a component of a feature together with its texts. */
export function withTexts<T>(group: TextGroup, load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [component] = await Promise.all([load(), loadTexts(group)])
    return component
  }
}
