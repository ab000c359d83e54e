import type { Composed } from '@/api/generated'
import type { Content } from '../bench/bench'

export interface Differences {
  /** Names of adapters that only the second has. */
  added: string[]
  /** Names of adapters that only the first has. */
  removed: string[]
  /** Names of adapters that both have, used in another way. */
  changed: string[]
  isReordered: boolean
  texts: ('prefix' | 'suffix' | 'negative')[]
}

const idOf = (entry: Composed) => entry.adapter_id ?? entry.name
const useOf = (entry: Composed) =>
  JSON.stringify(Object.entries({ ...entry, digest: undefined }).sort(([a], [b]) => (a < b ? -1 : 1)))

/** What changes on the way from one content to another. */
export function differences(from: Content, to: Content): Differences {
  const before = new Map(from.entries.map((entry) => [idOf(entry), entry]))
  const after = new Map(to.entries.map((entry) => [idOf(entry), entry]))
  const both = to.entries.filter((entry) => before.has(idOf(entry)))
  const order = (entries: readonly Composed[], other: ReadonlyMap<string, Composed>) =>
    entries
      .map(idOf)
      .filter((id) => other.has(id))
      .join('\n')
  return {
    added: to.entries.filter((entry) => !before.has(idOf(entry))).map(({ name }) => name),
    removed: from.entries.filter((entry) => !after.has(idOf(entry))).map(({ name }) => name),
    changed: both
      .filter((entry) => useOf(before.get(idOf(entry)) ?? entry) !== useOf(entry))
      .map(({ name }) => name),
    isReordered: order(from.entries, after) !== order(to.entries, before),
    texts: (['prefix', 'suffix', 'negative'] as const).filter((field) => from[field] !== to[field]),
  }
}
