import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { ReadAnalyticsSummaryData } from '@/api/generated'
import { ApiError } from '@/api/problem'

/** What the server is asked about. */
export type Question = NonNullable<ReadAnalyticsSummaryData['query']>

export const ranges = ['24h', '7d', '30d', '90d', 'custom'] as const
export type RangeName = (typeof ranges)[number]

/** A span of time as the address says it. */
export interface Range {
  name: RangeName
  /** The first and the last day of a custom one, "2026-01-31". */
  from: string
  to: string
}

export const lastWeek: Range = { name: '7d', from: '', to: '' }

/** Reads what an address asks for; days are left as they are, for the server to say what is wrong with them. */
export function readRange(query: LocationQuery): Range {
  const text = (key: string) => {
    const value = query[key]
    return ((Array.isArray(value) ? value[0] : value) ?? '').slice(0, 40)
  }
  const name = ranges.find((range) => range === text('range')) ?? lastWeek.name
  return name === 'custom' ? { name, from: text('from'), to: text('to') } : { ...lastWeek, name }
}

/** Writes a span as an address; the one that is shown without being asked for needs none. */
export function writeRange({ name, from, to }: Range): LocationQueryRaw {
  if (name === 'custom') return { range: name, from: from || undefined, to: to || undefined }
  return name === lastWeek.name ? {} : { range: name }
}

/** The days of a span that is shown, to begin from when choosing others. */
export function customOf(start: string, end: string): Range {
  // The end is excluded: the last day is the one of the moment before.
  return { name: 'custom', from: dayOf(Date.parse(start)), to: dayOf(Date.parse(end) - 1) }
}

/** The question for the server, whose days begin and end by the clocks of a time zone. */
export function questionOf({ name, from, to }: Range, tz: string): Question {
  const days = name === 'custom' ? { start: from || undefined, end: to || undefined } : {}
  return { time_range: name, ...days, tz }
}

/** What the server says about the first or the last day of a span. */
export function refusalOf(error: unknown, field: 'start' | 'end'): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  return error.errors.find(({ location }) => location === `query.${field}`)?.message
}

function dayOf(time: number): string {
  const date = new Date(time)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
