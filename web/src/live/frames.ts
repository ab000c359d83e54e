import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const scan = v.object({
  id: v.string(),
  state: v.picklist(['running', 'finished', 'cancelled', 'failed']),
  trigger: v.string(),
  phase: v.picklist(['walk', 'read', 'match', 'save', 'done']),
  root_ids: v.array(v.string()),
  started_at: v.string(),
  finished_at: v.nullable(v.string()),
  counts: v.object({
    found: count,
    read: count,
    added: count,
    updated: count,
    unchanged: count,
    moved: count,
    missing: count,
    restored: count,
    findings: count,
  }),
  error: v.optional(v.string()),
})

const digests = v.object({
  done: count,
  pending: count,
  running: v.boolean(),
  /** Empty when idle. */
  current_path: v.string(),
  bytes_per_second: v.number(),
})

/** The data of every event the app listens to. Frames of other types are dropped. */
const events = {
  scan_progress: scan,
  scan_finished: scan,
  adapters_changed: v.object({
    /** null says that too many changed to name them. */
    ids: v.nullable(v.array(v.string())),
    change: v.number(),
    reason: v.optional(v.string(), ''),
  }),
  roots_changed: v.object({}),
  digest_progress: digests,
  settings_changed: v.object({}),
}

const envelope = v.object({
  type: v.string(),
  timestamp: v.string(),
  seq: v.optional(v.number()),
  data: v.optional(v.unknown()),
})

export type LiveScan = v.InferOutput<typeof scan>
export type LiveEvents = { [Type in keyof typeof events]: v.InferOutput<(typeof events)[Type]> }
export type LiveEventType = keyof LiveEvents
export type Envelope = v.InferOutput<typeof envelope>

/** Reads one text frame; null when it is not what the server may send. */
export function parseEnvelope(text: string): Envelope | null {
  try {
    const result = v.safeParse(envelope, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

/** Reads the data of an event; null when its type or its shape is unknown. */
export function parseEvent(frame: Envelope): { type: LiveEventType; data: LiveEvents[LiveEventType] } | null {
  if (!Object.hasOwn(events, frame.type)) return null
  const type = frame.type as LiveEventType
  const result = v.safeParse(events[type], frame.data)
  return result.success ? { type, data: result.output } : null
}
