import { useI18n } from 'vue-i18n'

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

const timeUnits = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Numbers, sizes and times as the chosen language writes them. */
export function useFormat() {
  const { locale } = useI18n()

  function number(value: number, options?: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(locale.value, options).format(value)
  }

  /** Bytes in steps of 1,024 with at most three digits: "228 MB". */
  function bytes(value: number): string {
    let scaled = value
    let step = 0
    while (scaled >= 1000 && step < byteUnits.length - 1) {
      scaled /= 1024
      step++
    }
    return number(scaled, {
      style: 'unit',
      unit: byteUnits[step],
      unitDisplay: step === 0 ? 'long' : 'short',
      maximumFractionDigits: scaled < 10 && step > 0 ? 1 : 0,
    })
  }

  function percent(share: number): string {
    return number(share, { style: 'percent', maximumFractionDigits: 0 })
  }

  /** Of the reader's time zone where no other is named. */
  function dateTime(value: string | number | Date, timeZone?: string): string {
    const format = new Intl.DateTimeFormat(locale.value, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone,
    })
    return format.format(new Date(value))
  }

  /** How long ago or how far ahead: "3 days ago". Under a minute is "now". */
  function relative(value: string | number | Date, now = Date.now()): string {
    const seconds = (new Date(value).getTime() - now) / 1000
    const format = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' })
    for (const [unit, length] of timeUnits) {
      if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit)
    }
    return format.format(0, 'second')
  }

  /** How long something took, in its two largest units: "1 min 4 sec". */
  function duration(milliseconds: number): string {
    const unit = (value: number, name: string, digits = 0) =>
      number(value, { style: 'unit', unit: name, unitDisplay: 'short', maximumFractionDigits: digits })
    const isShort = milliseconds > 0 && milliseconds < 100
    if (isShort) return unit(milliseconds, 'millisecond', milliseconds < 10 ? 1 : 0)
    const seconds = Math.max(0, milliseconds) / 1000
    if (seconds < 60) return unit(seconds, 'second', seconds < 10 ? 1 : 0)
    const minutes = Math.floor(seconds / 60)
    if (minutes < 60) return `${unit(minutes, 'minute')} ${unit(Math.floor(seconds % 60), 'second')}`
    return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`
  }

  return { number, bytes, percent, dateTime, relative, duration }
}
