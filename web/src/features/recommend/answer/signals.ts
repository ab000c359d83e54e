import type { RecommendationItem, RecommendSignal, RecommendWeights } from '@/api/generated'

/** The signals in the order in which they are shown. */
export const signalNames = [
  'text',
  'style',
  'technical',
  'co_use',
  'quality',
  'popularity',
  'recency',
  'taste',
] as const satisfies readonly (keyof RecommendWeights)[]
export type SignalName = (typeof signalNames)[number]

/** The signals of a recommendation, in their fixed order; those without evidence are left out. */
export function scoresOf({ signals }: Pick<RecommendationItem, 'signals'>): RecommendSignal[] {
  return signalNames.flatMap((name) => signals.filter(({ signal }) => signal === name))
}
