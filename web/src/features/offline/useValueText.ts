import { useI18n } from 'vue-i18n'
import { useFormat } from '@/shared/useFormat'

/** Puts the value of an adapter's field into words. */
export function useValueText(): (value: unknown) => string {
  const { t } = useI18n()
  const { number } = useFormat()
  return (value) => {
    if (typeof value === 'boolean') return t(value ? 'offline.edits.on' : 'offline.edits.off')
    if (typeof value === 'number') return number(value)
    const text = Array.isArray(value) ? value.map(itemText).join(', ') : value
    return typeof text === 'string' && text !== '' ? text : t('offline.edits.empty')
  }
}

/** An item of a list is a word, or, as trigger words are, something that has a text. */
function itemText(item: unknown): string {
  if (typeof item === 'object' && item !== null && 'text' in item) return String(item.text)
  return String(item)
}
