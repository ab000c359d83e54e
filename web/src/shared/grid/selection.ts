/**
 * What is selected: some items by id, or everything the query matches apart
 * from a few. "All" is never spelled out as ids, so that it costs the same for
 * ten items and for a hundred thousand.
 */
export type Selection =
  | { kind: 'some'; ids: ReadonlySet<string>; anchor: number | null }
  | { kind: 'all'; except: ReadonlySet<string>; anchor: number | null }

export const nothing: Selection = { kind: 'some', ids: new Set(), anchor: null }

export function isSelected(selection: Selection, id: string): boolean {
  return selection.kind === 'all' ? !selection.except.has(id) : selection.ids.has(id)
}

/** Counts the selected items; `matching` is how many the query matches. */
export function countSelected(selection: Selection, matching: number): number {
  return selection.kind === 'all' ? Math.max(0, matching - selection.except.size) : selection.ids.size
}

/** Selects one item more, or one less. Its place becomes the start of the next range. */
export function toggle(selection: Selection, id: string, index: number): Selection {
  if (selection.kind === 'all') return { ...selection, except: flip(selection.except, id), anchor: index }
  return { ...selection, ids: flip(selection.ids, id), anchor: index }
}

/** The two ends of the range a shift-click asks for, in list order. */
export function rangeTo(selection: Selection, index: number): [first: number, last: number] {
  const anchor = selection.anchor ?? index
  return anchor <= index ? [anchor, index] : [index, anchor]
}

/** Adds a range of items and keeps the anchor, so that the next shift-click starts from the same place. */
export function addRange(selection: Selection, ids: Iterable<string>, index: number): Selection {
  const anchor = selection.anchor ?? index
  if (selection.kind === 'all') {
    const except = new Set(selection.except)
    for (const id of ids) except.delete(id)
    return { kind: 'all', except, anchor }
  }
  return { kind: 'some', ids: new Set([...selection.ids, ...ids]), anchor }
}

export function selectAll(selection: Selection): Selection {
  return { kind: 'all', except: new Set(), anchor: selection.anchor }
}

function flip(ids: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(ids)
  if (!next.delete(id)) next.add(id)
  return next
}
