export const presets = ['hourly', 'daily', 'weekly', 'monthly', 'custom'] as const
export type Preset = (typeof presets)[number]

/** When backups are made, as the form has it. Only the fields of its preset count. */
export interface Timing {
  preset: Preset
  /** Of the hour, for every hour. */
  minute: number
  /** Such as 03:30. */
  time: string
  /** From 0, Sunday. */
  weekday: number
  /** Of the month, from 1. */
  day: number
  /** The expression itself, for custom. */
  cron: string
}

export function emptyTiming(): Timing {
  return { preset: 'daily', minute: 0, time: '03:30', weekday: 0, day: 1, cron: '30 3 * * *' }
}

const names: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
}

/** Writes a timing as five fields: minute, hour, day of the month, month, day of the week. */
export function cronOf({ preset, minute, time, weekday, day, cron }: Timing): string {
  const [hours = '0', minutes = '0'] = time.split(':')
  const at = `${Number(minutes)} ${Number(hours)}`
  switch (preset) {
    case 'hourly':
      return `${minute} * * * *`
    case 'daily':
      return `${at} * * *`
    case 'weekly':
      return `${at} * * ${weekday}`
    case 'monthly':
      return `${at} ${day} * *`
    case 'custom':
      return cron.trim()
  }
}

/** Reads an expression as one of the presets; whatever says more than they can is custom. */
export function timingOf(expression: string): Timing {
  const cron = expression.trim()
  const custom: Timing = { ...emptyTiming(), preset: 'custom', cron }
  const fields = (names[cron.toLowerCase()] ?? cron).split(/\s+/)
  if (fields.length !== 5) return custom
  const [minute, hour, day, month, weekday] = fields.map(parseField) as [Field, Field, Field, Field, Field]
  if (month !== '*' || typeof minute !== 'number' || minute > 59) return custom
  if (hour === '*') {
    return day === '*' && weekday === '*' ? { ...custom, preset: 'hourly', minute } : custom
  }
  if (hour === null || hour > 23) return custom
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  if (day === '*' && weekday === '*') return { ...custom, preset: 'daily', time }
  if (day === '*' && typeof weekday === 'number' && weekday <= 7) {
    return { ...custom, preset: 'weekly', time, weekday: weekday % 7 }
  }
  if (weekday === '*' && typeof day === 'number' && day >= 1 && day <= 31) {
    return { ...custom, preset: 'monthly', time, day }
  }
  return custom
}

/** A number, any value, or something that says more. */
type Field = number | '*' | null

function parseField(text: string): Field {
  if (text === '*') return '*'
  return /^\d{1,2}$/.test(text) ? Number(text) : null
}
