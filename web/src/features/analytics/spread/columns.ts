import type { AnalyticsBucket } from '@/api/generated'

/** The server's buckets grow by 2^(1/4) from one millisecond on; the first holds what was shorter. */
const perDoubling = 4
const shortest = 0.001

function indexOf({ from }: AnalyticsBucket): number {
  return from <= 0 ? 0 : Math.round(Math.log2(from / shortest) * perDoubling) + 1
}

function edge(index: number): number {
  return index <= 0 ? 0 : shortest * 2 ** ((index - 1) / perDoubling)
}

/**
 * Columns of a distribution, without holes and at most so many: neighbours are put
 * together until they fit. Every job the server counted stands in one of them.
 */
export function columnsOf(buckets: readonly AnalyticsBucket[], most: number): AnalyticsBucket[] {
  const indices = buckets.map(indexOf)
  const first = Math.min(...indices)
  const last = Math.max(...indices)
  let width = 1
  while (Math.floor(last / width) - Math.floor(first / width) + 1 > most) width *= 2
  const columns: AnalyticsBucket[] = []
  if (buckets.length === 0) return columns
  for (let column = Math.floor(first / width); column <= Math.floor(last / width); column++) {
    columns.push({ from: edge(column * width), to: edge((column + 1) * width), count: 0 })
  }
  for (const [place, bucket] of buckets.entries()) {
    const column = columns[Math.floor((indices[place] ?? 0) / width) - Math.floor(first / width)]
    if (column) column.count += bucket.count
  }
  return columns
}
