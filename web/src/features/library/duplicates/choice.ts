import type { Adapter, DuplicateGroup } from '@/api/generated'

/**
 * The copy of a group to keep when the user has not said: one in use, then the
 * one with most of the user's own work in it, then the one that was there first.
 */
export function bestCopy(adapters: readonly Adapter[]): Adapter | undefined {
  const work = (adapter: Adapter) =>
    Number(adapter.active) * 8 +
    Number(adapter.favorite) * 4 +
    Number(adapter.rating > 0) * 2 +
    Number(adapter.notes !== '')
  return [...adapters].sort(
    (a, b) => work(b) - work(a) || b.use_count - a.use_count || a.created_at.localeCompare(b.created_at),
  )[0]
}

/** Marks every copy of each group for the trash but the best one. */
export function suggestTrash(groups: readonly DuplicateGroup[]): Set<string> {
  return new Set(
    groups.flatMap(({ adapters }) => {
      const best = bestCopy(adapters)
      return adapters.filter((adapter) => adapter !== best).map((adapter) => adapter.id)
    }),
  )
}

/** Bytes that putting the marked copies into the trash frees once the trash is emptied. */
export function bytesOf(groups: readonly DuplicateGroup[], marked: ReadonlySet<string>): number {
  return groups
    .flatMap((group) => group.adapters)
    .filter((adapter) => marked.has(adapter.id))
    .reduce((sum, adapter) => sum + adapter.file_size, 0)
}

/** The groups of which nothing would be left. */
export function fullyMarked(
  groups: readonly DuplicateGroup[],
  marked: ReadonlySet<string>,
): DuplicateGroup[] {
  return groups.filter(
    ({ adapters }) => adapters.length > 0 && adapters.every((adapter) => marked.has(adapter.id)),
  )
}
