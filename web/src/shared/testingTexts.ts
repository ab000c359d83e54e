import { loadTexts, type TextGroup } from '@/i18n'
import { features } from '@/i18n/en'

/** Components of a feature only load with its texts; tests mount them without that. */
await Promise.all(Object.keys(features).map((group) => loadTexts(group as TextGroup)))
