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
  // A frame that was on its way when the transfer ended must not bring it back to life.
  if (before && isOver(before) && !isOver(told)) return [...known]
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
