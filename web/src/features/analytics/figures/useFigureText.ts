import { useI18n } from 'vue-i18n'
import { useFormat } from '@/shared/useFormat'
import type { Comparison, Kind } from './tiles'

/** Writes figures and how they changed. */
export function useFigureText() {
  const { t } = useI18n()
  const { number, percent, duration } = useFormat()

  function figure(value: number | null, kind: Kind): string {
    if (value === null) return t('ui.chart.none')
    if (kind === 'time') return seconds(value)
    return kind === 'rate' ? rate(value) : number(value)
  }

  /** Milliseconds matter where a time is shorter than a second. */
  function seconds(value: number): string {
    if (value >= 1 || value === 0) return duration(value * 1000)
    return number(Math.round(value * 1000), { style: 'unit', unit: 'millisecond', unitDisplay: 'short' })
  }

  /** A percentage of 0 to 100, in as many digits as tell it from a whole. */
  function rate(value: number): string {
    return number(value / 100, { style: 'percent', maximumFractionDigits: 1 })
  }

  function change({ trend, change: by }: Comparison, kind: Kind): string {
    if (trend === 'same') return t('analytics.change.same')
    if (by === null) return t('analytics.change.new')
    const amount = kind === 'rate' ? number(by, { maximumFractionDigits: 1 }) : percent(by)
    return t(`analytics.change.${kind}.${trend}`, { amount }, amount === '1' ? 1 : 2)
  }

  return { figure, seconds, rate, change }
}
