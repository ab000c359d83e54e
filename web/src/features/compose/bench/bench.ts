import type { Composed, Composition, Rebuilt, RebuiltParams } from '@/api/generated'
import { type Entry, toComposed, withKey } from './entries'

/** What is being put together, and which kept composition it came from. */
export interface Bench {
  /** null until it is kept under a name. */
  id: string | null
  name: string
  /** The version it was opened from; 0 when it was never kept. */
  version: number
  /** The content as it was last kept; '' when it never was. */
  kept: string
  prefix: string
  suffix: string
  negative: string
  entries: Entry[]
  /** Parameters that a picture or a text stated; the generate page takes them. */
  params: RebuiltParams | null
}

export interface Content {
  prefix: string
  suffix: string
  negative: string
  entries: Composed[]
}

export function emptyBench(): Bench {
  return {
    id: null,
    name: '',
    version: 0,
    kept: '',
    prefix: '',
    suffix: '',
    negative: '',
    entries: [],
    params: null,
  }
}

/** What of the bench is kept, as the server takes it. */
export function contentOf({
  prefix,
  suffix,
  negative,
  entries,
}: Pick<Bench, 'prefix' | 'suffix' | 'negative' | 'entries'>): Content {
  return { prefix, suffix, negative, entries: entries.map(toComposed) }
}

/** One text for contents that are the same, whatever the order of an entry's fields. */
export function fingerprint(content: Content): string {
  const entries = content.entries.map((entry) =>
    Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
  return JSON.stringify([content.prefix, content.suffix, content.negative, entries])
}

const nothing = fingerprint({ prefix: '', suffix: '', negative: '', entries: [] })

/** True while the bench holds something that is kept nowhere else. */
export function isDirty(bench: Bench): boolean {
  const now = fingerprint(contentOf(bench))
  return bench.kept === '' ? now !== nothing : now !== bench.kept
}

export function isEmpty(bench: Bench): boolean {
  return fingerprint(contentOf(bench)) === nothing
}

/** A kept composition on the bench. */
export function opened(composition: Composition): Bench {
  const { id, name, version, prefix, suffix, negative } = composition
  const entries = composition.entries.map(withKey)
  const bench = { id, name, version, prefix, suffix, negative, entries, params: null, kept: '' }
  return { ...bench, kept: fingerprint(contentOf(bench)) }
}

/** The bench after it was kept. What was typed while the answer was on its way stays unsaved. */
export function afterSaving(bench: Bench, composition: Composition, sent: Content): Bench {
  const { id, name, version } = composition
  return { ...bench, id, name, version, kept: fingerprint(sent) }
}

/**
 * What a text or a picture says, as a new bench. Adapters that are not in the
 * library come along switched off when `keepLost` says so, to be replaced by hand.
 */
export function rebuiltBench(rebuilt: Rebuilt, keepLost: boolean): Bench {
  const lost: Composed[] = keepLost
    ? rebuilt.lost.map(({ name, weight, digest }) => ({
        name,
        weight,
        enabled: false,
        ...(digest ? { digest } : {}),
      }))
    : []
  return {
    ...emptyBench(),
    prefix: rebuilt.text,
    negative: rebuilt.negative,
    entries: [...rebuilt.entries, ...lost].map(withKey),
    params: rebuilt.params,
  }
}
