import type { ImportItem, ImportRequest } from '@/api/generated'

export type Policy = NonNullable<ImportRequest['policy']>
export const policies = ['ask', 'keep', 'replace', 'rename', 'newest'] as const satisfies Policy[]

/** The fields in which an item differs: the first few by name, and how many there are besides. */
export function fieldsOf(
  { differs }: Pick<ImportItem, 'differs'>,
  most = 3,
): { names: string[]; more: number } {
  const names = differs.slice(0, most).map(({ field }) => field)
  return { names, more: differs.length - names.length }
}

/** A field's value as text; null where there is none. */
export function valueText(value: unknown): string | null {
  if (Array.isArray(value)) return value.map((one) => valueText(one) ?? '').join(', ') || null
  if (typeof value === 'string') return value || null
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return value ? JSON.stringify(value, null, 1) : null
}
