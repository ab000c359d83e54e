import { useI18n } from 'vue-i18n'
import type { Transfer } from '@/api/generated'
import { useFormat } from '@/shared/useFormat'

/** Puts into words how far a transfer is, and what came of one that is over. */
export function useProgressText() {
  const i18n = useI18n()
  const { t } = i18n
  const { number, bytes } = useFormat()

  /** What it does now. A phase without a name here is shown as the server calls it. */
  function phase({ kind, phase: name, state, bytes: done }: Transfer): string {
    if (kind === 'export' && name === 'writing' && done === 0) return t('transfer.phase.offered')
    const key = `transfer.phase.${name}`
    if (i18n.te(key)) return t(key)
    return name || t(`transfer.state.${state}`)
  }

  function amount({ bytes: done, bytes_total: total, items, items_total: itemsTotal }: Transfer): string {
    const parts: string[] = []
    if (itemsTotal > 0) parts.push(t('transfer.amount', { done: number(items), total: number(itemsTotal) }))
    else if (items > 0) parts.push(number(items))
    if (total > 0) parts.push(t('transfer.amount', { done: bytes(done), total: bytes(total) }))
    return parts.join(' · ')
  }

  /** What an import, a move or a restore has written. */
  function outcome({ counts }: Transfer): string[] {
    if (!counts) return []
    const said = ['create', 'update', 'same', 'skip', 'files', 'compositions', 'jobs', 'images'] as const
    return said
      .filter((name) => counts[name] > 0)
      .map((name) => t(`transfer.outcome.${name}`, { count: number(counts[name]) }, counts[name]))
  }

  return { phase, amount, outcome }
}
