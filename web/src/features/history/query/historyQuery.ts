import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { ListHistoryData } from '@/api/generated'

/** What the server understands of a view. */
export type HistoryQuery = NonNullable<ListHistoryData['query']>

export const sorts = ['newest', 'oldest', 'rating', 'favorite', 'largest'] as const
type Sort = (typeof sorts)[number]

/** made: jobs that brought pictures. all: those that ended, however they did. */
export const outcomes = ['made', 'failed', 'cancelled', 'all'] as const
type Outcome = (typeof outcomes)[number]

/** What the address asks the history for; empty texts do not narrow. */
export interface HistoryView {
  search: string
  adapter_id: string
  base_model: string
  engine: string
  model: string
  outcome: Outcome
  /** 0 asks for no rating. */
  min_rating: number
  favorite: boolean
  tag: string
  composition_id: string
  /** Width and height, "512x768". */
  size: string
  /** The first and the last day, "2026-01-31". */
  from: string
  to: string
  trashed: boolean
  sort: Sort
}

export const everything: HistoryView = {
  search: '',
  adapter_id: '',
  base_model: '',
  engine: '',
  model: '',
  outcome: 'made',
  min_rating: 0,
  favorite: false,
  tag: '',
  composition_id: '',
  size: '',
  from: '',
  to: '',
  trashed: false,
  sort: 'newest',
}

/** The parts of a view that narrow it: all but the order, and the trash, which is a place of its own. */
const filters = [
  'search',
  'adapter_id',
  'base_model',
  'engine',
  'model',
  'outcome',
  'min_rating',
  'favorite',
  'tag',
  'composition_id',
  'size',
  'from',
  'to',
] as const
export type Filter = (typeof filters)[number]

/** The filters in use, in the order in which they are offered. */
export function filtersOf(view: HistoryView): Filter[] {
  return filters.filter((filter) => view[filter] !== everything[filter])
}

/** The view without any filter, in the same place and order. */
export function withoutFilters(view: HistoryView): HistoryView {
  return { ...everything, trashed: view.trashed, sort: view.sort }
}

/** Reads what an address asks for; whatever is missing or odd does not narrow. */
export function readView(query: LocationQuery): HistoryView {
  const text = (key: string) => {
    const value = query[key]
    return ((Array.isArray(value) ? value[0] : value) ?? '').slice(0, 512)
  }
  const day = (key: string) => (isDay(text(key)) ? text(key) : '')
  const rating = Number(text('min_rating'))
  return {
    search: text('search').slice(0, 256),
    adapter_id: text('adapter_id').slice(0, 64),
    base_model: text('base_model').slice(0, 100),
    engine: text('engine').slice(0, 200),
    model: text('model'),
    outcome: outcomes.find((outcome) => outcome === text('outcome')) ?? 'made',
    min_rating: Number.isInteger(rating) && rating >= 1 && rating <= 5 ? rating : 0,
    favorite: text('favorite') === 'true',
    tag: text('tag').slice(0, 200),
    composition_id: text('composition_id').slice(0, 64),
    size: sizeOf(text('size')) ? text('size') : '',
    from: day('from'),
    to: day('to'),
    trashed: text('trashed') === 'true',
    sort: sorts.find((sort) => sort === text('sort')) ?? 'newest',
  }
}

/** Writes a view as an address, leaving out all that does not narrow. */
export function writeView(view: HistoryView): LocationQueryRaw {
  const differs = Object.entries(view).filter(
    ([key, value]) => value !== everything[key as keyof HistoryView],
  )
  return Object.fromEntries(differs.map(([key, value]) => [key, String(value)]))
}

/** The question for the server. The reader's days begin and end at the reader's midnight. */
export function questionOf(view: HistoryView): HistoryQuery {
  const size = sizeOf(view.size)
  return {
    search: view.search || undefined,
    adapter_id: view.adapter_id || undefined,
    base_model: view.base_model || undefined,
    engine: view.engine || undefined,
    model: view.model || undefined,
    status: statusesOf(view),
    min_rating: view.min_rating || undefined,
    favorite: view.favorite || undefined,
    tag: view.tag || undefined,
    composition_id: view.composition_id || undefined,
    width: size?.width,
    height: size?.height,
    start_date: view.from ? midnight(view.from, 0) : undefined,
    end_date: view.to ? midnight(view.to, 1) : undefined,
    trashed: view.trashed || undefined,
    sort: view.sort,
  }
}

function statusesOf({ outcome, trashed }: HistoryView): HistoryQuery['status'] {
  if (outcome === 'failed' || outcome === 'cancelled') return [outcome]
  // Whatever lies in the trash can be taken out of it.
  return outcome === 'all' || trashed ? ['succeeded', 'failed', 'cancelled'] : ['succeeded']
}

/** Reads "512x768"; null for anything else. */
export function sizeOf(text: string): { width: number; height: number } | null {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text)
  return match ? { width: Number(match[1]), height: Number(match[2]) } : null
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

/** The moment a day of the reader's calendar begins, or one some days later. */
function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + later).toISOString()
}
