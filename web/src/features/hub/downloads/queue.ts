import type { Download } from '@/api/generated'

/** Nothing more happens to it unless somebody says so. */
export function isOver({ state }: Pick<Download, 'state'>): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** How far it is, from 0 to 1; null where nobody can know. */
export function shareOf({
  bytes,
  bytes_total: total,
}: Pick<Download, 'bytes' | 'bytes_total'>): number | null {
  return total > 0 ? Math.min(1, bytes / total) : null
}

/** Milliseconds until it is here at its present speed; null where nobody can know. */
export function timeLeft({ bytes, bytes_total: total, bytes_per_second: speed }: Download): number | null {
  return speed > 0 && total > bytes ? ((total - bytes) / speed) * 1_000 : null
}

/** Puts what was last told of a download in place of what was known of it; a new one comes last. */
export function withDownload(known: readonly Download[], told: Download): Download[] {
  const isKnown = known.some(({ id }) => id === told.id)
  return isKnown ? known.map((one) => (one.id === told.id ? told : one)) : [...known, told]
}

/** The order after one of the ids moved by a step; null where there is no further to go. */
export function moved(ids: readonly string[], id: string, by: 1 | -1): string[] | null {
  const from = ids.indexOf(id)
  const to = from + by
  if (from < 0 || to < 0 || to >= ids.length) return null
  const order = ids.filter((one) => one !== id)
  order.splice(to, 0, id)
  return order
}
