import { useI18n } from 'vue-i18n'
import type { Check } from '@/api/generated'
import { useFormat } from '@/shared/useFormat'

/** Puts the figures behind a check into words; those it does not know are left out. */
export function useFacts(): (check: Pick<Check, 'facts'>) => string[] {
  const { t } = useI18n()
  const { number, bytes, duration, relative } = useFormat()

  /** How each fact is said; null where there is nothing to say. */
  const words: Record<string, (value: unknown) => string | null> = {
    path: (value) => (typeof value === 'string' ? value : null),
    latency_ms: figure((ms) =>
      t('system.fact.latency', { time: number(ms, { maximumSignificantDigits: 2 }) }),
    ),
    jobs: figure((count) => t('system.fact.jobs', { count: number(count) }, count)),
    size_bytes: figure((size) => t('system.fact.size', { size: bytes(size) })),
    oldest_seconds: figure((age) =>
      age > 0 ? t('system.fact.waits', { time: duration(age * 1000) }) : null,
    ),
    failed_24h: figure((count) =>
      count > 0 ? t('system.fact.failed', { count: number(count) }, count) : null,
    ),
    last_scan: (value) =>
      typeof value === 'string' ? t('system.fact.scanned', { when: relative(value) }) : null,
    scanner: (value) => (typeof value === 'string' ? t('system.fact.scanner', { server: value }) : null),
    model: (value) => (typeof value === 'string' ? t('system.fact.model', { model: value }) : null),
  }

  return ({ facts }) =>
    Object.entries(words).flatMap(([name, say]) => {
      const said = name in facts ? say(facts[name]) : null
      return said ? [said] : []
    })
}

function figure(say: (value: number) => string | null): (value: unknown) => string | null {
  return (value) => (typeof value === 'number' ? say(value) : null)
}
