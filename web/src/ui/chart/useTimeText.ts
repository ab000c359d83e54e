import { useI18n } from 'vue-i18n'
import type { ChartUnit } from './time'

/** Writes times beside charts, in the reader's language and zone. */
export function useTimeText() {
  const { locale } = useI18n()
  const write = (time: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale.value, options).format(time)

  /** An hour or a day in full. */
  function slot(time: number, unit: ChartUnit): string {
    return unit === 'day' ? write(time, { dateStyle: 'medium' }) : moment(time)
  }

  function moment(time: number): string {
    return write(time, { dateStyle: 'medium', timeStyle: 'short' })
  }

  /** As short as a mark of a scale may be that is so many hours or days long. */
  function mark(time: number, unit: ChartUnit, slots: number): string {
    if (unit === 'day') {
      const isLong = slots > 370
      return write(time, isLong ? { month: 'short', year: 'numeric' } : { month: 'short', day: 'numeric' })
    }
    const isMidnight = new Date(time).getHours() === 0
    return write(
      time,
      isMidnight ? { month: 'short', day: 'numeric' } : { hour: 'numeric', minute: '2-digit' },
    )
  }

  return { slot, moment, mark }
}
