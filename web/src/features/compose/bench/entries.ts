import type { Adapter, Composed } from '@/api/generated'
import { promptName } from '@/features/library'

/** One adapter on the bench. Its key tells it from another use of the same adapter. */
export interface Entry extends Composed {
  key: string
}

/** The most adapters the server takes in one composition. */
export const mostEntries = 200

let lastKey = 0

export function withKey(composed: Composed): Entry {
  return { ...composed, key: `e${String(++lastKey)}` }
}

/** An entry as the server takes it: without its key, and without what says nothing. */
export function toComposed(entry: Entry): Composed {
  const composed: Composed & { key?: string } = { ...entry }
  delete composed.key
  if (!composed.text_encoder?.length) delete composed.text_encoder
  if (!composed.triggers?.length) delete composed.triggers
  if (!composed.start) delete composed.start
  if (!composed.stop) delete composed.stop
  return composed
}

/**
 * An adapter as it starts in a composition: with its own weight and its first
 * trigger word; which others fit is for the user to say.
 */
export function entryOf(adapter: Adapter): Entry {
  const triggers = adapter.triggers.slice(0, 1)
  return withKey({
    adapter_id: adapter.id,
    name: promptName(adapter),
    weight: adapter.weight,
    enabled: true,
    ...(triggers.length ? { triggers } : {}),
  })
}

/** Adds adapters that are not there yet, as far as there is room. */
export function addAdapters(entries: readonly Entry[], adapters: readonly Adapter[]): Entry[] {
  const known = new Set(entries.map((entry) => entry.adapter_id))
  const fresh = adapters.filter(({ id }) => !known.has(id) && known.add(id))
  return [...entries, ...fresh.map(entryOf)].slice(0, Math.max(mostEntries, entries.length))
}

/** Moves an entry to another place; places beyond the ends are the ends. */
export function moveEntry(entries: readonly Entry[], from: number, to: number): Entry[] {
  const moved = [...entries]
  const [entry] = moved.splice(from, 1)
  if (entry) moved.splice(Math.min(moved.length, Math.max(0, to)), 0, entry)
  return moved
}

export function patchEntry(entries: readonly Entry[], key: string, change: Partial<Composed>): Entry[] {
  return entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry))
}

export function removeEntry(entries: readonly Entry[], key: string): Entry[] {
  return entries.filter((entry) => entry.key !== key)
}

/** Puts an entry back where it was, unless it is there. */
export function insertEntry(entries: readonly Entry[], entry: Entry, at: number): Entry[] {
  if (entries.some(({ key }) => key === entry.key)) return [...entries]
  return [...entries.slice(0, at), entry, ...entries.slice(at)]
}

/** Takes a trigger word in or out; those taken in keep the order in which they were. */
export function toggleTrigger(triggers: readonly string[] | undefined, word: string): string[] {
  const chosen = triggers ?? []
  return chosen.includes(word) ? chosen.filter((other) => other !== word) : [...chosen, word]
}

/** The words on offer for an entry: those in use, then what is known of the adapter, each once. */
export function triggerChoices(
  chosen: readonly string[] | undefined,
  known: readonly (readonly string[])[],
): string[] {
  const words = [...(chosen ?? []), ...known.flat()].map((word) => word.trim()).filter(Boolean)
  const seen = new Set<string>()
  return words.filter((word) => {
    const key = word.toLowerCase()
    return !seen.has(key) && seen.add(key)
  })
}

/** What an entry says beyond weights and steps: it is kept and written where a dialect can say it. */
export const extras = [
  'blocks',
  'preset',
  'elements',
  'schedule',
  'sections',
  'rank_cap',
  'expert',
  'module',
] as const satisfies readonly (keyof Composed)[]

export function extrasOf(entry: Composed): (typeof extras)[number][] {
  return extras.filter((extra) => {
    const value = entry[extra]
    return typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value)
  })
}
