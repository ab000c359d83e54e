import type { TagCount } from '@/api/generated'

/** Gives tags a size from 0 to 1 by the logarithm of their counts, in alphabetical order. */
export function tagSizes(tags: readonly TagCount[]): (TagCount & { size: number })[] {
  const counts = tags.map(({ count }) => Math.log(Math.max(1, count)))
  const least = Math.min(...counts)
  const spread = Math.max(...counts) - least || 1
  return tags
    .map((tag, index) => ({ ...tag, size: ((counts[index] ?? least) - least) / spread }))
    .sort((a, b) => a.tag.localeCompare(b.tag))
}
