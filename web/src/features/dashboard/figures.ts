import type { EngineStatus, Summary } from '@/api/generated'

/** A count on the dashboard with the search that shows what it counts. */
export interface Figure {
  key: 'adapters' | 'active' | 'favorites' | 'added_this_week' | 'duplicates' | 'trashed'
  value: number
  to: { path: string; query?: Record<string, string> }
}

/** The counts that are always worth seeing, and those that only are when there is something to count. */
export function figuresOf(summary: Summary): Figure[] {
  const search = (q: string) => ({ path: '/library', query: { q } })
  const figures: Figure[] = [
    { key: 'adapters', value: summary.adapters, to: { path: '/library' } },
    { key: 'active', value: summary.active, to: search('is:active') },
    { key: 'favorites', value: summary.favorites, to: search('is:favorite') },
    { key: 'added_this_week', value: summary.added_this_week, to: search('added:week') },
    { key: 'duplicates', value: summary.duplicates, to: { path: '/library/duplicates' } },
  ]
  if (summary.trashed > 0) figures.push({ key: 'trashed', value: summary.trashed, to: search('is:trashed') })
  return figures
}

/** Something that wants attention, with where to see to it. */
export interface Concern {
  key: 'offline' | 'unsafe' | 'unreadable' | 'missing' | 'unscanned' | 'scan_failed' | 'engine' | 'no_engine'
  tone: 'danger' | 'warning'
  count: number
  /** Names to mention, for example of folders. */
  names: string[]
  /** What the server says about it. */
  detail?: string
  to: Figure['to']
}

/** What is wrong in the library, the most serious first. */
export function concernsOf(summary: Summary, offline: readonly string[]): Concern[] {
  const search = (q: string) => ({ path: '/library', query: { q } })
  const settings = { path: '/settings' }
  const all: Concern[] = [
    {
      key: 'scan_failed',
      tone: 'danger',
      count: Number(summary.last_scan?.state === 'failed'),
      names: [summary.last_scan?.error ?? ''],
      to: settings,
    },
    { key: 'offline', tone: 'danger', count: offline.length, names: [...offline], to: settings },
    { key: 'unreadable', tone: 'danger', count: summary.unreadable, names: [], to: search('is:unreadable') },
    { key: 'unsafe', tone: 'warning', count: summary.unsafe, names: [], to: search('is:unsafe') },
    { key: 'missing', tone: 'warning', count: summary.missing, names: [], to: search('is:missing') },
    {
      key: 'unscanned',
      tone: 'warning',
      count: summary.scanning ? 0 : summary.unscanned_roots,
      names: [],
      to: settings,
    },
  ]
  return all.filter((concern) => concern.count > 0)
}

/** What keeps images from being made. An engine that was not asked yet is no concern. */
export function engineConcernsOf(engines: readonly EngineStatus[]): Concern[] {
  const to = { path: '/settings', query: { section: 'engines' } }
  const enabled = engines.filter((engine) => engine.enabled)
  if (enabled.length === 0) return [{ key: 'no_engine', tone: 'warning', count: 1, names: [], to }]
  return enabled
    .filter((engine) => engine.reachable === false)
    .map(({ name, error }) => ({
      key: 'engine',
      tone: 'danger',
      count: 1,
      names: [name],
      detail: error ?? '',
      to,
    }))
}
