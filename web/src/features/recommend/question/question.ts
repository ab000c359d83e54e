import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { keepPrompt, keptPrompt } from './longPrompt'

export const ways = ['active', 'adapter', 'prompt'] as const
export type Way = (typeof ways)[number]

export const limits = [10, 20, 50] as const
export const nsfwLevels = [2, 4, 8, 16] as const

/** What is asked for, and what the answer may contain. */
export interface Question {
  way: Way
  /** The adapter that others are to be like; '' until one is chosen. */
  adapter: string
  prompt: string
  /** The named composition that adapters are to fit; '' for what is active now. */
  composition: string
  /** The base model that adapters must be for; '' for any. */
  base: string
  favorites: boolean
  /** The first NSFW level to leave out; 0 leaves out none, null whatever the settings hide. */
  nsfwFrom: number | null
  limit: number
}

function one(value: LocationQuery[string] | undefined): string {
  const first = Array.isArray(value) ? value[0] : value
  return first ?? ''
}

/** Reads a question from an address; whatever is odd becomes the default. */
export function readQuestion(query: LocationQuery): Question {
  const limit = Number(one(query.limit))
  const nsfw = one(query.nsfw)
  const level = Number(nsfw)
  return {
    way: ways.find((way) => way === one(query.way)) ?? 'active',
    adapter: one(query.adapter),
    prompt: one(query.prompt) || keptPrompt(one(query.kept)),
    composition: one(query.composition),
    base: one(query.base),
    favorites: one(query.favorites) === '1',
    nsfwFrom: nsfw !== '' && [0, ...nsfwLevels].includes(level) ? level : null,
    limit: limits.find((each) => each === limit) ?? limits[0],
  }
}

/** Writes a question as an address, leaving out all that is the default anyway. */
export function writeQuestion(question: Question): LocationQueryRaw {
  const { way, adapter, prompt, composition, base, favorites, nsfwFrom, limit } = question
  const kept = keepPrompt(prompt)
  return {
    ...(way === 'active' ? {} : { way }),
    ...(adapter ? { adapter } : {}),
    ...(kept ? { kept } : prompt ? { prompt } : {}),
    ...(composition ? { composition } : {}),
    ...(base ? { base } : {}),
    ...(favorites ? { favorites: '1' } : {}),
    ...(nsfwFrom === null ? {} : { nsfw: String(nsfwFrom) }),
    ...(limit === limits[0] ? {} : { limit: String(limit) }),
  }
}

/** True when there is something to ask: an adapter is chosen, a prompt is written. */
export function isAsked({ way, adapter, prompt }: Question): boolean {
  if (way === 'adapter') return adapter !== ''
  return way === 'active' || prompt.trim() !== ''
}

/** The part of a question that its answer depends on, as one text. */
export function keyOf({ way, adapter, prompt, composition, ...filters }: Question): string {
  const about = { adapter, prompt, active: composition }[way]
  return JSON.stringify([way, about, filters])
}

/** How many filters are set. */
export function filterCount({ base, favorites, nsfwFrom }: Question): number {
  return Number(base !== '') + Number(favorites) + Number(nsfwFrom !== null)
}

/** The highest NSFW level an answer may contain; undefined when there is none. */
export function highestLevel(nsfwFrom: number | null, hideFrom: number): number | undefined {
  const from = nsfwFrom ?? hideFrom
  return from > 0 ? from - 1 : undefined
}
