import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { ListAuditData } from '@/api/generated'

type AuditFilter = Omit<NonNullable<ListAuditData['query']>, 'before' | 'limit'>

/** What narrows the log, as it stands in the address and in the form; empty narrows nothing. */
export interface AuditQuery {
  q: string
  account: string
  action: string
  /** Days of the reader's calendar, both included: "2026-01-31". */
  since: string
  until: string
}

const names = ['q', 'account', 'action', 'since', 'until'] as const

function dayOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : ''
}

export function parseAuditQuery(query: LocationQuery): AuditQuery {
  const text = (name: string) => (typeof query[name] === 'string' ? query[name].trim() : '')
  return {
    q: text('q').slice(0, 256),
    account: text('account'),
    action: text('action'),
    since: dayOf(text('since')),
    until: dayOf(text('until')),
  }
}

export function auditAddress(query: AuditQuery): LocationQueryRaw {
  return Object.fromEntries(names.filter((name) => query[name]).map((name) => [name, query[name]]))
}

export function isNarrowed(query: AuditQuery): boolean {
  return names.some((name) => query[name] !== '')
}

/** The start of a day where the reader is, so many days later. */
function startOf(day: string, later = 0): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + later).toISOString()
}

export function toFilter(query: AuditQuery): AuditFilter {
  return {
    ...(query.q && { q: query.q }),
    ...(query.account && { account_id: query.account }),
    ...(query.action && { action: query.action }),
    ...(query.since && { since: startOf(query.since) }),
    ...(query.until && { until: startOf(query.until, 1) }),
  }
}
