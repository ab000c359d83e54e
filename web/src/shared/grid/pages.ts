/** How many items one request asks for. */
export const pageSize = 100

/** The pages (from 0) that hold the rows first..last, with one more on the side the reader moves to. */
export function pagesFor(first: number, last: number, count: number, ahead: -1 | 0 | 1 = 0): number[] {
  if (count === 0 || last < first) return []
  const highest = Math.floor((count - 1) / pageSize)
  const from = Math.floor(Math.max(0, first) / pageSize)
  const to = Math.min(highest, Math.floor(Math.max(0, last) / pageSize))
  const pages: number[] = []
  for (let page = Math.max(0, from); page <= to; page++) pages.push(page)
  // Only when the edge is near: a jump fetches what is shown and nothing else.
  const margin = pageSize / 4
  if (ahead === 1 && to < highest && (to + 1) * pageSize - last <= margin) pages.push(to + 1)
  if (ahead === -1 && from > 0 && first - from * pageSize < margin) pages.push(from - 1)
  return pages
}

/** The pages to forget: the least recently shown ones beyond `keep`, never one that is wanted. */
export function pagesToForget(
  shownAt: ReadonlyMap<number, number>,
  wanted: readonly number[],
  keep: number,
): number[] {
  const idle = [...shownAt].filter(([page]) => !wanted.includes(page)).sort((a, b) => a[1] - b[1])
  return idle.slice(0, Math.max(0, shownAt.size - keep)).map(([page]) => page)
}

/**
 * By how many places an item moved when its page was read again: what the
 * list scrolls by, so that the reader keeps looking at the same card.
 */
export function placesMoved(
  id: string,
  was: number,
  rows: (index: number) => string | undefined,
  reach: number,
): number {
  for (let distance = 0; distance <= reach; distance++) {
    if (rows(was + distance) === id) return distance
    if (was - distance >= 0 && rows(was - distance) === id) return -distance
  }
  return 0
}
