import type { Retention } from '@/api/generated'

export const keeps = ['last', 'daily', 'weekly', 'monthly'] as const
export type Keep = (typeof keeps)[number]

/** What a new schedule keeps: a week of nights, a month of weeks, a year of months. */
export function usualRetention(): Retention {
  return { last: 3, daily: 7, weekly: 4, monthly: 12 }
}

/** The rules that keep anything; with none, every backup stays. */
export function rulesOf(keep: Retention): { rule: Keep; count: number }[] {
  return keeps.map((rule) => ({ rule, count: keep[rule] })).filter(({ count }) => count > 0)
}
