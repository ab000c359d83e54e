import type { Activity } from '@/api/generated'

/** The message for one change: its key, its values as text and the number that decides between one and many. */
export function activityText(
  entry: Pick<Activity, 'text_key' | 'params'>,
  number: (value: number) => string,
) {
  const values: Record<string, string> = {}
  for (const [name, value] of Object.entries(entry.params)) {
    if (typeof value === 'number') values[name] = number(value)
    else if (typeof value === 'string') values[name] = value
  }
  const { action, count } = entry.params
  const isBulk = entry.text_key === 'bulk' && typeof action === 'string'
  return {
    key: isBulk ? `library.bulk.done.${action}` : `dashboard.activity.${entry.text_key}`,
    values,
    count: typeof count === 'number' ? count : 1,
  }
}
