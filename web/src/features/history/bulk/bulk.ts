import type { Result } from '@/api/generated'

/** Results grouped by what they had before, so that a change of many can be taken back. */
export function groupBy<Value>(
  results: readonly Result[],
  value: (result: Result) => Value,
): { value: Value; ids: string[] }[] {
  const groups = Map.groupBy(results, value)
  return [...groups].map(([key, members]) => ({ value: key, ids: members.map(({ id }) => id) }))
}

/** For each tag the results that do not have it, or those that do. Tags differ by more than case. */
export function tagHolders(
  results: readonly Result[],
  tags: readonly string[],
  having: boolean,
): { tag: string; ids: string[] }[] {
  return tags
    .map((tag) => ({
      tag,
      ids: results.filter((result) => hasTag(result, tag) === having).map(({ id }) => id),
    }))
    .filter(({ ids }) => ids.length > 0)
}

/** The tags of a result after some were added or taken away. */
export function withTags(result: Result, tags: readonly string[], action: 'add' | 'remove'): string[] {
  if (action === 'add') return [...result.tags, ...tags.filter((tag) => !hasTag(result, tag))]
  const gone = new Set(tags.map((tag) => tag.toLowerCase()))
  return result.tags.filter((tag) => !gone.has(tag.toLowerCase()))
}

function hasTag(result: Result, tag: string): boolean {
  return result.tags.some((other) => other.toLowerCase() === tag.toLowerCase())
}
