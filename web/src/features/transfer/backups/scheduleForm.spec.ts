import { describe, expect, it } from 'vitest'
import { formOf, placeOf, scheduleOf } from './scheduleForm'

const schedule = {
  id: 's1',
  name: 'Weekly',
  enabled: false,
  cron: '0 4 * * 1',
  zone: 'Europe/Berlin',
  type: 'incremental' as const,
  weights: true,
  place: 's3' as const,
  keep: { last: 1, daily: 2, weekly: 3, monthly: 4 },
  next_run_at: null,
  last_run_at: null,
  last_error: '',
  last_backup_id: '',
}

describe('the form of a schedule', () => {
  it('comes back as it was, in the zone it was made in', () => {
    const { id, next_run_at, last_run_at, last_error, last_backup_id, ...written } = schedule
    expect(scheduleOf(formOf(schedule, 'Nightly', 'UTC'), schedule.enabled)).toEqual(written)
    expect([id, next_run_at, last_run_at, last_error, last_backup_id]).toHaveLength(5)
  })

  it('begins with every night, in the zone of the reader', () => {
    expect(scheduleOf(formOf(undefined, 'Nightly', 'Asia/Tokyo'), true)).toMatchObject({
      name: 'Nightly',
      enabled: true,
      cron: '30 3 * * *',
      zone: 'Asia/Tokyo',
      type: 'full',
    })
  })

  it('does not change the schedule it was made of', () => {
    const form = formOf(schedule, '', 'UTC')
    form.keep.last = 99
    expect(schedule.keep.last).toBe(1)
  })

  it('shows what the server says of the expression beside the timing', () => {
    expect(placeOf('timing')).toBe('cron')
    expect(placeOf('name')).toBe('name')
  })
})
