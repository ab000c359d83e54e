import { useI18n } from 'vue-i18n'
import type { Check, SystemStatus } from '@/api/generated'
import { useFormat } from '@/shared/useFormat'
import { troublesOf } from './checks'

/** What the status page and its relatives say in the same words. */
export function useWords() {
  const { t } = useI18n()
  const { number, bytes, duration } = useFormat()

  /** What a check looks at: its area, and which one of several. */
  function nameOf({ id, area, name }: Pick<Check, 'id' | 'area' | 'name'>): string {
    // These two are called by the server; folders and engines by the user.
    if (id === 'disk:data' || id === 'disk:pictures') return t(`system.disk.${id.slice(5)}`)
    return name || t(`system.area.${area}`)
  }

  /** The whole system in a few words, counted from the checks. */
  function overall({ status, checks }: Pick<SystemStatus, 'status' | 'checks'>): string {
    const troubles = troublesOf(checks)
    const errors = troubles.filter(({ state }) => state === 'error').length
    const warnings = troubles.length - errors
    const parts: string[] = []
    if (errors > 0) parts.push(t('system.overall.errors', { count: number(errors) }, errors))
    if (warnings > 0) parts.push(t('system.overall.warnings', { count: number(warnings) }, warnings))
    return parts.join(', ') || t(`system.overall.${status}`)
  }

  /** How long ago something was looked at. */
  function ago(seconds: number | null): string {
    return seconds === null ? t('system.never') : t('system.checked', { age: duration(seconds * 1000) })
  }

  function fill(used: number, total: number): string {
    return t('system.fill', { used: bytes(used), total: bytes(total) })
  }

  return { nameOf, overall, ago, fill }
}
