import type { Transfer } from '@/api/generated'

/** Nothing more happens to it. */
export function isOver({ state }: Pick<Transfer, 'state'>): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** It works now, without waiting for anybody's word. */
export function isAtWork({ state }: Pick<Transfer, 'state'>): boolean {
  return state === 'planning' || state === 'running'
}

/** How far the phase is, from 0 to 1; null where nobody can know. Bytes say it better than items do. */
export function shareOf({ bytes, bytes_total, items, items_total }: Transfer): number | null {
  if (bytes_total > 0) return Math.min(1, bytes / bytes_total)
  if (items_total > 0) return Math.min(1, items / items_total)
  return null
}

/** Puts what was last told of a transfer in place of what was known of it; the latest begun comes first. */
export function withTransfer(known: readonly Transfer[], told: Transfer): Transfer[] {
  const before = known.find(({ id }) => id === told.id)
  // An answer may be older than the frame that overtook it, and the other way round.
  if (before && told.revision < before.revision) return [...known]
  const others = known.filter(({ id }) => id !== told.id)
  return [...others, told].sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at))
}

/** The address where a transfer is decided or looked at, where it has one. */
export function addressOf({ id, kind, state }: Pick<Transfer, 'id' | 'kind' | 'state'>): string | null {
  if (state === 'failed' || state === 'cancelled') return null
  if (kind === 'export') return `/transfer/export?export=${encodeURIComponent(id)}`
  if (kind === 'import') return `/transfer/import?plan=${encodeURIComponent(id)}`
  if (kind === 'move_in') return `/transfer/move-in?plan=${encodeURIComponent(id)}`
  return null
}

/** A list as it was read, with those of which something later is known already. */
export function withKnown(read: readonly Transfer[], known: readonly Transfer[]): Transfer[] {
  const later = new Map(known.map((transfer) => [transfer.id, transfer]))
  return read.map((transfer) => {
    const other = later.get(transfer.id)
    return other && other.revision > transfer.revision ? other : transfer
  })
}
