import type { RouteLocationRaw } from 'vue-router'
import type { Activity, FeedEntry } from '@/api/generated'

/** Something that happened: its message, and the page that shows more. */
export interface Happening {
  id: string
  at: string
  message: Message
  to: RouteLocationRaw | null
  isBad: boolean
}

interface Message {
  key: string
  values: Record<string, string>
  /** Decides between one and many. */
  count: number
}

/** How much of a prompt is told. */
const longest = 160

/** Changes of the library and jobs in one list, latest first. */
export function mergeActivity(
  changes: readonly Activity[],
  jobs: readonly FeedEntry[],
  number: (value: number) => string,
  most = 20,
): Happening[] {
  const all = [...changes.map((change, index) => changeOf(change, index, number)), ...jobs.map(jobOf)]
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, most)
}

function changeOf(change: Activity, index: number, number: (value: number) => string): Happening {
  return {
    id: `${change.at} ${index}`,
    at: change.at,
    message: activityText(change, number),
    to: change.adapter_id ? { name: 'adapter', params: { id: change.adapter_id } } : null,
    isBad: false,
  }
}

function jobOf({ id, kind, status, prompt, timestamp }: FeedEntry): Happening {
  const text = prompt.trim()
  return {
    id,
    at: timestamp,
    message: {
      key: `dashboard.activity.${kind}.${status}`,
      values: { prompt: text.length > longest ? `${text.slice(0, longest)} …` : text },
      count: 1,
    },
    to: pageOf({ id, kind, status }),
    isBad: status === 'failed',
  }
}

function pageOf({ id, kind, status }: Pick<FeedEntry, 'id' | 'kind' | 'status'>): RouteLocationRaw {
  if (kind === 'delivery') return { path: '/settings', query: { section: 'deliveries' } }
  if (status === 'succeeded') return { name: 'result', params: { id } }
  if (status === 'failed') return { name: 'history', query: { outcome: 'failed' } }
  return status === 'cancelled' ? { name: 'history', query: { outcome: 'cancelled' } } : { path: '/generate' }
}

/** The message for one change: its key, its values as text and the number that decides between one and many. */
export function activityText(
  entry: Pick<Activity, 'text_key' | 'params'>,
  number: (value: number) => string,
): Message {
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
