import { createI18n } from 'vue-i18n'
import { features, start } from './en'

export const languages = ['en', 'de', 'zh'] as const
export type Language = (typeof languages)[number]

/** What each language calls itself. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch', zh: '简体中文' }

/** The feature whose page or component needs the texts. */
export type TextGroup = keyof typeof features

interface Texts {
  [key: string]: string | Texts
}

interface Catalog {
  start: Texts
  features: Partial<Record<TextGroup, () => Promise<Texts>>>
}

const catalogs: Record<Language, () => Promise<Catalog>> = {
  en: () => Promise.resolve({ start, features }),
  de: () => import('./de'),
  zh: () => import('./zh'),
}

const locale: string = 'en'
const messages: Record<string, Texts> = { en: start }

export const i18n = createI18n({
  legacy: false,
  locale,
  fallbackLocale: 'en',
  messages,
  pluralRules: {
    // Chinese words have one form; a text of two has a sentence of its own for none.
    zh: (count, forms) => (forms === 2 && count !== 0 ? 1 : 0),
  },
})

const wantedGroups = new Set<TextGroup>()
let wanted: Language = 'en'

/** Fetches what the first page needs, once. */
async function loadStart(language: Language): Promise<void> {
  if (i18n.global.availableLocales.includes(language)) return
  const catalog = await catalogs[language]()
  i18n.global.mergeLocaleMessage(language, catalog.start)
}

/** Fetches one feature's texts, once; English stands in for what a language does not have. */
async function loadGroup(language: Language, group: TextGroup): Promise<void> {
  if (Object.hasOwn(i18n.global.getLocaleMessage(language), group)) return
  const load = (await catalogs[language]()).features[group]
  if (load) i18n.global.mergeLocaleMessage(language, { [group]: await load() })
  else await loadGroup('en', group)
}

/** Fetches the texts of a feature in the language in use; a change of language fetches them again. */
export async function loadTexts(group: TextGroup): Promise<void> {
  wantedGroups.add(group)
  await loadGroup(wanted, group)
}

/** Loads a component of a feature together with its texts. */
export function withTexts<T>(group: TextGroup, load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [component] = await Promise.all([load(), loadTexts(group)])
    return component
  }
}

/**
 * Shows the app in a language as soon as all texts in use are there. When they
 * cannot be fetched it rejects, and the language before stays.
 */
export async function setLanguage(language: Language): Promise<void> {
  const before = wanted
  wanted = language
  try {
    await loadStart(language)
    await Promise.all([...wantedGroups].map((group) => loadGroup(language, group)))
  } catch (error) {
    if (wanted === language) wanted = before
    throw error
  }
  // Another language may have been chosen meanwhile.
  if (wanted !== language) return
  i18n.global.locale.value = language
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language
}

/** The first of the reader's languages that the app speaks, English when it speaks none. */
export function pickLanguage(readers: readonly string[]): Language {
  for (const tag of readers) {
    const spoken = languages.find((language) => language === tag.toLowerCase().split('-')[0])
    if (spoken) return spoken
  }
  return 'en'
}
