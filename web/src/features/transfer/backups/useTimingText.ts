import { useI18n } from 'vue-i18n'
import { useFormat } from '@/shared/useFormat'
import { timingOf } from './cron'

/** The days of the week from Sunday, as the reader's language calls them. */
export function useWeekdays(): () => string[] {
  const { locale } = useI18n()
  return () => {
    const format = new Intl.DateTimeFormat(locale.value, { weekday: 'long', timeZone: 'UTC' })
    // The first of January 2023 was a Sunday.
    return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2023, 0, 1 + day)))
  }
}

/** Puts a cron expression into words where a preset says the same; others are shown as they are. */
export function useTimingText(): (cron: string) => string {
  const { t } = useI18n()
  const { number } = useFormat()
  const weekdays = useWeekdays()
  return (cron) => {
    const { preset, minute, time, weekday, day } = timingOf(cron)
    if (preset === 'custom') return cron
    const values = { minute: number(minute), time, weekday: weekdays()[weekday] ?? '', day: number(day) }
    return t(`transfer.schedules.at.${preset}`, values)
  }
}
