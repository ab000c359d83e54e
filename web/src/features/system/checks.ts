import type { Check } from '@/api/generated'

/** The sections of the page, each an anchor of its address, in their order. */
export const sections = ['engines', 'jobs', 'storage', 'library', 'graphics'] as const
export type Section = (typeof sections)[number]

const sectionOf: Record<Check['area'], Section> = {
  engine: 'engines',
  queue: 'jobs',
  worker: 'jobs',
  disk: 'storage',
  database: 'storage',
  redis: 'storage',
  backups: 'storage',
  importer: 'library',
  recommend: 'library',
  gpu: 'graphics',
}

/** The checks of each section that has any; what needs attention comes first. */
export function bySection(checks: readonly Check[]): { section: Section; checks: Check[] }[] {
  return sections
    .map((section) => ({ section, checks: worstFirst(checks.filter((c) => sectionOf[c.area] === section)) }))
    .filter((group) => group.checks.length > 0)
}

/** The section a check stands in. */
export function sectionOfCheck({ area }: Check): Section {
  return sectionOf[area]
}

const gravity: Record<Check['state'], number> = { error: 0, warning: 1, unknown: 2, ok: 3, off: 4 }

function worstFirst(checks: readonly Check[]): Check[] {
  return checks.toSorted((a, b) => gravity[a.state] - gravity[b.state])
}

/** What something has to be done about, the worst first. */
export function troublesOf(checks: readonly Check[]): Check[] {
  return worstFirst(checks.filter(({ state }) => state === 'error' || state === 'warning'))
}

/** The colour of a state. It comes from the state alone, never from words in the detail. */
export const toneOf = {
  ok: 'success',
  warning: 'warning',
  error: 'danger',
  off: 'neutral',
  unknown: 'neutral',
} as const satisfies Record<Check['state'], string>

/**
 * How long ago something was, in whole seconds by the server's clock: from the
 * moment of its answer on, time runs here. null for what never was.
 */
export function ageOf(at: string | null, answeredAt: string, sinceAnswer: number): number | null {
  if (at === null) return null
  const age = Date.parse(answeredAt) - Date.parse(at) + sinceAnswer
  return Math.max(0, Math.floor(age / 1000))
}

/** How full a store is, where a check measured it. */
export function fillOf({ facts }: Check): { used: number; total: number } | null {
  const { free_bytes: free, total_bytes: total } = facts
  if (typeof free !== 'number' || typeof total !== 'number' || total <= 0) return null
  return { used: Math.max(0, total - free), total }
}

/** A page of the app where a check can be seen to; links to anywhere else are not followed. */
export function linkOf({ link }: Pick<Check, 'link'>): { to: string; place: Place } | null {
  if (!/^\/(?!\/)/.test(link)) return null
  return { to: link, place: places.find(([start]) => link.startsWith(start))?.[1] ?? 'page' }
}

type Place =
  | 'engines'
  | 'settings'
  | 'trash'
  | 'history'
  | 'queue'
  | 'recommend'
  | 'analytics'
  | 'backups'
  | 'page'

/** What is found behind the beginning of an address, the longer beginnings first. */
const places: readonly (readonly [start: string, place: Place])[] = [
  ['/settings?section=engines', 'engines'],
  ['/settings', 'settings'],
  ['/history?trashed', 'trash'],
  ['/history', 'history'],
  ['/generate', 'queue'],
  ['/recommendations', 'recommend'],
  ['/analytics', 'analytics'],
  ['/transfer', 'backups'],
]
