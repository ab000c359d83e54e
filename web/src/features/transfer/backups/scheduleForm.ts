import type { BackupSchedule, BackupScheduleWrite } from '@/api/generated'
import { type Timing, cronOf, emptyTiming, timingOf } from './cron'
import { usualRetention } from './retention'

export interface ScheduleForm extends Pick<BackupSchedule, 'name' | 'type' | 'weights' | 'place' | 'keep'> {
  timing: Timing
  zone: string
}

/** The form of a schedule, or of a new one that is called `name` and read in `zone`. */
export function formOf(schedule: BackupSchedule | undefined, name: string, zone: string): ScheduleForm {
  if (!schedule) {
    const timing = emptyTiming()
    return { name, timing, zone, type: 'full', weights: false, place: 'folder', keep: usualRetention() }
  }
  const { type, weights, place, keep } = schedule
  return {
    name: schedule.name,
    timing: timingOf(schedule.cron),
    zone: schedule.zone,
    type,
    weights,
    place,
    keep: { ...keep },
  }
}

/** Puts a form into the server's words. */
export function scheduleOf(form: ScheduleForm, enabled: boolean): BackupScheduleWrite {
  const { name, timing, zone, type, weights, place, keep } = form
  return { name: name.trim(), enabled, cron: cronOf(timing), zone, type, weights, place, keep }
}

/** The server's name for a field of the form. */
export const placeOf = (field: string) => (field === 'timing' ? 'cron' : field)
