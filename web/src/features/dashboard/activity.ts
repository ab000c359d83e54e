import type { Activity } from '@/api/generated'

/** The message for one change: its key, its values as text and the number that decides between one and many. */
export function activityText(
  entry: Pick<Activity, 'text_key' | 'params'>,
  number: (value: number) => string,
) {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(entry.params)) {
    values[name] =
      typeof value === 'number' ? number(value) : typeof value === 'string' ? value : JSON.stringify(value)
  }
  const { count } = entry.params
  const name = entry.text_key.replace(/^activity\./, '').replaceAll('.', '_')
  return { key: `dashboard.activity.${name}`, values, count: typeof count === 'number' ? count : 1 }
}
