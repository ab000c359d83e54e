import * as v from 'valibot'
import { type Bench, emptyBench } from './bench'
import { withKey } from './entries'

const text = v.fallback(v.string(), '')

const composed = v.looseObject({
  adapter_id: v.optional(v.string()),
  name: v.string(),
  weight: v.number(),
  enabled: v.boolean(),
  text_encoder: v.optional(v.array(v.number())),
  triggers: v.optional(v.array(v.string())),
  start: v.optional(v.number()),
  stop: v.optional(v.number()),
})

const bench = v.object({
  id: v.fallback(v.nullable(v.string()), null),
  name: text,
  version: v.fallback(v.number(), 0),
  kept: text,
  prefix: text,
  suffix: text,
  negative: text,
  entries: v.fallback(v.array(composed), []),
  params: v.fallback(v.nullable(v.looseObject({})), null),
})

/** Reads a bench that this tab left in its storage; whatever is odd in it is left out. */
export function parseBench(stored: string): Bench {
  try {
    const { entries, ...rest } = v.parse(bench, JSON.parse(stored))
    return { ...rest, entries: entries.map((entry) => withKey(entry)) }
  } catch {
    return emptyBench()
  }
}
