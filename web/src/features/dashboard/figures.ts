import type { Check, Summary } from '@/api/generated'

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
  key: 'unsafe' | 'unreadable' | 'missing' | 'unscanned' | 'scan_failed' | 'no_engine'
  tone: 'danger' | 'warning'
  count: number
  /** What the server says about it. */
  detail: string
  to: Figure['to']
}

/**
 * What is wrong in the library, the most serious first. Of the system only what no
 * check can say: that there is nothing to make images with.
 */
export function concernsOf(summary: Summary, checks: readonly Check[]): Concern[] {
  const search = (q: string) => ({ path: '/library', query: { q } })
  const settings = { path: '/settings' }
  const about = (
    key: Concern['key'],
    tone: Concern['tone'],
    count: number,
    to: Concern['to'],
    detail = '',
  ) => ({ key, tone, count, to, detail })
  const scan = summary.last_scan
  return [
    about('scan_failed', 'danger', Number(scan?.state === 'failed'), settings, scan?.error),
    about('unreadable', 'danger', summary.unreadable, search('is:unreadable')),
    about('unsafe', 'warning', summary.unsafe, search('is:unsafe')),
    about('missing', 'warning', summary.missing, search('is:missing')),
    about('unscanned', 'warning', summary.scanning ? 0 : summary.unscanned_roots, settings),
    about('no_engine', 'warning', Number(isWithoutEngine(checks)), {
      path: '/settings',
      query: { section: 'engines' },
    }),
  ].filter((concern) => concern.count > 0)
}

/** True when no engine is switched on. What was not looked at yet is no reason to say so. */
function isWithoutEngine(checks: readonly Check[]): boolean {
  return checks.length > 0 && !checks.some(({ area, state }) => area === 'engine' && state !== 'off')
}
