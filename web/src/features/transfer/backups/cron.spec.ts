import { describe, expect, it } from 'vitest'
import { cronOf, emptyTiming, timingOf } from './cron'

describe('presets and expressions', () => {
  it.each([
    [{ preset: 'hourly', minute: 15 } as const, '15 * * * *'],
    [{ preset: 'daily', time: '03:05' } as const, '5 3 * * *'],
    [{ preset: 'weekly', time: '23:00', weekday: 6 } as const, '0 23 * * 6'],
    [{ preset: 'monthly', time: '00:30', day: 31 } as const, '30 0 31 * *'],
    [{ preset: 'custom', cron: ' */10 1-5 * * 1,3 ' } as const, '*/10 1-5 * * 1,3'],
  ])('%o is %s, and back', (timing, cron) => {
    expect(cronOf({ ...emptyTiming(), ...timing })).toBe(cron)
    expect(timingOf(cron)).toMatchObject({ ...timing, ...(timing.preset === 'custom' && { cron }) })
  })

  it.each([
    ['@hourly', { preset: 'hourly', minute: 0 }],
    ['@daily', { preset: 'daily', time: '00:00' }],
    ['@weekly', { preset: 'weekly', time: '00:00', weekday: 0 }],
    ['@monthly', { preset: 'monthly', time: '00:00', day: 1 }],
    ['0 4 * * 7', { preset: 'weekly', time: '04:00', weekday: 0 }],
  ])('knows %s', (cron, timing) => {
    expect(timingOf(cron)).toMatchObject(timing)
  })

  it.each([
    '*/5 * * * *',
    '0 3 * 1 *',
    '0 3 1 * 1',
    '0 3 * * MON',
    '61 3 * * *',
    '0 25 * * *',
    '0 3 0 * *',
    'no',
    '',
  ])('leaves %o as it is', (cron) => {
    expect(timingOf(cron)).toMatchObject({ preset: 'custom', cron })
  })
})
