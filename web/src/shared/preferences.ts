import { useLocalStorage } from '@vueuse/core'
import * as v from 'valibot'
import { languages } from '@/i18n'

export const themes = ['system', 'light', 'dark'] as const
export const densities = ['comfortable', 'compact'] as const
export const cardSizes = ['small', 'medium', 'large'] as const

const level = v.pipe(v.number(), v.integer(), v.minValue(0))

const preferencesSchema = v.object({
  theme: v.fallback(v.picklist(themes), 'system'),
  density: v.fallback(v.picklist(densities), 'comfortable'),
  language: v.fallback(v.picklist(['system', ...languages]), 'system'),
  card_size: v.fallback(v.picklist(cardSizes), 'medium'),
  /** Previews from this level on are blurred; 0 blurs none. */
  nsfw_blur_from: v.fallback(level, 4),
  /** Adapters from this level on are not shown; 0 shows all. */
  nsfw_hide_from: v.fallback(level, 0),
  autoplay_videos: v.fallback(v.boolean(), true),
  default_sort: v.fallback(v.string(), 'created_at'),
  default_order: v.fallback(v.picklist(['asc', 'desc']), 'desc'),
})

export type Preferences = v.InferOutput<typeof preferencesSchema>

/** Reads preferences from anywhere; whatever is missing or odd becomes the default. */
export function parsePreferences(value: unknown): Preferences {
  const result = v.safeParse(preferencesSchema, { ...missing, ...(value as object | null) })
  return result.success ? result.output : v.parse(preferencesSchema, missing)
}

const missing = Object.fromEntries(Object.keys(preferencesSchema.entries).map((key) => [key, undefined]))

const stored = useLocalStorage<Preferences>('loramanager.preferences', parsePreferences(null), {
  serializer: {
    read: (text) => parsePreferences(safeJson(text)),
    write: (value) => JSON.stringify(value),
  },
})

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * The preferences as this browser last saw them, at hand before the server answers.
 * Change them with useSettings of '@/live/useSettings', which also tells the server.
 */
export function usePreferences() {
  return stored
}
