import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { ListQuery } from '../list/results'
import type { View } from '../list/layout'
import { join, parseTerms } from './terms'

export const sorts = [
  'relevance',
  'name',
  'created_at',
  'updated_at',
  'file_size',
  'last_used',
  'use_count',
  'rating',
  'weight',
  'base_model',
  'rank',
] as const
export type Sort = (typeof sorts)[number]

export interface Defaults {
  sort: string
  order: 'asc' | 'desc'
}

export interface LibraryView extends ListQuery {
  sort: Sort
  view: View
}

const ascending: readonly Sort[] = ['name', 'base_model']

/** The order in which a sort is wanted when nobody says otherwise. */
export function naturalOrder(sort: Sort): 'asc' | 'desc' {
  return ascending.includes(sort) ? 'asc' : 'desc'
}

/** True when a query holds words, so that one match can be better than another. */
export function hasWords(q: string): boolean {
  return parseTerms(q).some((term) => term.field === null && !term.negated)
}

function one(value: LocationQuery[string] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

/** Reads what an address asks the library for; whatever is missing or odd becomes the default. */
export function readView(query: LocationQuery, defaults: Defaults): LibraryView {
  const q = one(query.q)
  const asked = sorts.find((sort) => sort === one(query.sort) && (sort !== 'relevance' || hasWords(q)))
  const sort = asked ?? defaultSort(q, defaults)
  const order = one(query.order)
  return {
    q,
    sort,
    order: order === 'asc' || order === 'desc' ? order : defaultOrder(sort, asked !== undefined, defaults),
    view: one(query.view) === 'list' ? 'list' : 'grid',
  }
}

function defaultSort(q: string, defaults: Defaults): Sort {
  if (hasWords(q)) return 'relevance'
  return sorts.find((sort) => sort === defaults.sort && sort !== 'relevance') ?? 'created_at'
}

function defaultOrder(sort: Sort, wasAsked: boolean, defaults: Defaults): 'asc' | 'desc' {
  return !wasAsked && sort === defaults.sort ? defaults.order : naturalOrder(sort)
}

/** Writes a view as an address, leaving out all that is the default anyway. */
export function writeView(view: LibraryView, defaults: Defaults): LocationQueryRaw {
  const plain = readView({ q: view.q }, defaults)
  const query: LocationQueryRaw = {}
  if (view.q) query.q = view.q
  if (view.sort !== plain.sort) query.sort = view.sort
  if (view.order !== readView({ ...query } as LocationQuery, defaults).order) query.order = view.order
  if (view.view === 'list') query.view = 'list'
  return query
}

/**
 * The query as the server gets it: adapters from the level on that the user never
 * wants to see are left out; level 0 hides none.
 */
export function withoutHidden(q: string, hideFrom: number): string {
  const isAbout = parseTerms(q).some((term) => term.field === 'nsfw')
  return hideFrom <= 0 || isAbout ? q : join(q, `-nsfw:>=${String(hideFrom)}`)
}
