import type { LookUpState } from '@/api/generated'

const time = (moment: string | null) => (moment === null ? 0 : Date.parse(moment))

/** Which of two reports is the later one: what was on its way when a run ended must not revive it. */
export function latest(known: LookUpState, told: LookUpState): LookUpState {
  const since = time(told.started_at) - time(known.started_at)
  if (since !== 0) return since > 0 ? told : known
  if (!known.running && told.running && known.finished_at !== null) return known
  return told
}

/** How far a run is, from 0 to 1; null where nobody can know. */
export function shareOf({ done, total }: Pick<LookUpState, 'done' | 'total'>): number | null {
  return total > 0 ? Math.min(1, done / total) : null
}
