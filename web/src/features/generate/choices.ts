import type { Capabilities, EngineStatus, KnownListString } from '@/api/generated'
import { auto } from './form'

/** The lists an engine may have. */
export type ListName = {
  [Name in keyof Capabilities]: Capabilities[Name] extends KnownListString ? Name : never
}[keyof Capabilities]

export interface Choices {
  values: string[]
  /** How the list is known; "merged" are the lists of several engines in one. */
  learned: KnownListString['learned'] | 'merged'
}

const nothing: Choices = { values: [], learned: 'unknown' }

/** The engines that a job may run on: the chosen one, or each that answers when the server chooses. */
export function candidates(engines: readonly EngineStatus[], chosen: string): EngineStatus[] {
  if (chosen !== auto) return engines.filter(({ name }) => name === chosen)
  return engines.filter(({ enabled, reachable }) => enabled && reachable !== false)
}

/** What can be chosen; an empty list that is "unknown" asks for free text. */
export function choicesOf(engines: readonly EngineStatus[], chosen: string, list: ListName): Choices {
  const known = candidates(engines, chosen).flatMap(({ capabilities }) =>
    capabilities && capabilities[list].learned !== 'unknown' ? [capabilities[list]] : [],
  )
  const [first] = known
  if (!first) return nothing
  if (known.length === 1) return { values: first.value, learned: first.learned }
  return { values: [...new Set(known.flatMap(({ value }) => value))], learned: 'merged' }
}

/** False when every engine the job may run on says that it cannot do this. */
export function canDo(engines: readonly EngineStatus[], chosen: string, mode: string): boolean {
  const possible = candidates(engines, chosen)
  return (
    possible.length === 0 ||
    possible.some(
      ({ capabilities }) =>
        !capabilities || capabilities.modes.learned === 'unknown' || capabilities.modes.value.includes(mode),
    )
  )
}

/** How an engine stands, for its dot and its words. */
export function engineState({ enabled, reachable }: EngineStatus): 'off' | 'unknown' | 'ready' | 'away' {
  if (!enabled) return 'off'
  if (reachable === null) return 'unknown'
  return reachable ? 'ready' : 'away'
}
