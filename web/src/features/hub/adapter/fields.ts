import type { HubField } from '@/api/generated'

/** What the user knows an adapter by is never proposed. */
const byWish = ['name', 'version']

/** The fields that are chosen before anybody chooses: none the user has set. */
export function proposed(fields: readonly HubField[]): string[] {
  return fields
    .filter(({ field, source }) => source !== 'user' && !byWish.includes(field))
    .map(({ field }) => field)
}

/** A value in one line; empty where there is none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(String).join(', ')
  if (typeof value !== 'string') return JSON.stringify(value)
  if (!/<\/?[a-z]/i.test(value)) return value
  // What is parsed so is never drawn, and loads nothing.
  return new DOMParser().parseFromString(value, 'text/html').body.textContent.replace(/\s+/g, ' ').trim()
}
