import * as v from 'valibot'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const scan = v.object({
  id: v.string(),
  state: v.picklist(['running', 'finished', 'cancelled', 'failed']),
  trigger: v.string(),
  phase: v.picklist(['wait', 'walk', 'read', 'match', 'save', 'done']),
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

const queueState = v.object({
  paused: v.boolean(),
  pending: count,
  running: count,
  retrying: count,
  failed: count,
})

const jobProgress = v.object({
  job_id: v.string(),
  /** From 0 to 1. */
  progress: v.number(),
  status: v.string(),
  raw_status: v.string(),
  current_step: v.nullable(v.number()),
  total_steps: v.nullable(v.number()),
  eta_seconds: v.nullable(v.number()),
  /** A data URL, only where previews were asked for. */
  preview_image: v.optional(v.nullable(v.string()), null),
  error_message: v.nullable(v.string()),
  engine: v.string(),
  message: v.string(),
  attempt: v.number(),
})

const jobEnd = v.object({
  job_id: v.string(),
  status: v.string(),
  raw_status: v.string(),
  images: v.nullable(v.array(v.string())),
  error_message: v.nullable(v.string()),
})

const queueChange = v.object({
  state: queueState,
  /** null when several jobs changed. */
  job_id: v.nullable(v.string()),
  reason: v.string(),
})

const transfer = v.object({
  id: v.string(),
  kind: v.picklist(['export', 'import', 'move_in', 'backup', 'verify', 'restore', 'rehearsal', 'sidecars']),
  revision: count,
  state: v.picklist(['planning', 'planned', 'running', 'done', 'failed', 'cancelled']),
  phase: v.string(),
  items: count,
  items_total: count,
  bytes: count,
  bytes_total: count,
  message: v.string(),
  error: v.string(),
  backup_id: v.optional(v.string()),
  restore_point_id: v.optional(v.string()),
  counts: v.optional(
    v.object({
      create: count,
      update: count,
      conflict: count,
      same: count,
      skip: count,
      files: count,
      file_bytes: count,
      compositions: count,
      jobs: count,
      images: count,
      settings: count,
    }),
  ),
  plan: v.optional(
    v.object({
      policy: v.picklist(['ask', 'keep', 'replace', 'rename', 'newest']),
      create: count,
      update: count,
      conflict: count,
      same: count,
      skip: count,
    }),
  ),
  notes: v.array(v.string()),
  started_at: v.string(),
  finished_at: v.nullable(v.string()),
})

const lookUp = v.object({
  running: v.boolean(),
  total: count,
  done: count,
  found: count,
  absent: count,
  failed: count,
  /** Adapters that were never looked up, or not lately. */
  pending: count,
  error: v.string(),
  wait_until: v.nullable(v.string()),
  started_at: v.nullable(v.string()),
  finished_at: v.nullable(v.string()),
})

const download = v.object({
  id: v.string(),
  hub: v.string(),
  model_id: v.string(),
  version_id: v.string(),
  file_id: v.string(),
  name: v.string(),
  file_name: v.string(),
  root_id: v.string(),
  folder: v.string(),
  state: v.picklist(['queued', 'running', 'paused', 'verifying', 'done', 'failed', 'cancelled']),
  bytes: count,
  /** Not positive where the hub does not say. */
  bytes_total: v.number(),
  bytes_per_second: count,
  attempts: count,
  sha256: v.string(),
  error: v.string(),
  adapter_id: v.string(),
  created_at: v.string(),
  finished_at: v.nullable(v.string()),
})

/** The data of every event the app listens to. Frames of other types are dropped. */
const events = {
  /** The user's account, or what they may do, changed. */
  account_changed: v.object({}),
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
  generation_started: v.object({ job_id: v.string() }),
  progress_update: jobProgress,
  generation_complete: jobEnd,
  queue_update: queueChange,
  results_changed: v.object({
    /** null says that too many changed to name them. */
    ids: v.nullable(v.array(v.string())),
    reason: v.string(),
  }),
  engines_changed: v.object({}),
  compositions_changed: v.object({}),
  recommend_changed: v.object({}),
  /** At most four times a second for each transfer. */
  transfer_changed: v.object({ transfer }),
  backups_changed: v.object({}),
  hub_changed: v.object({
    /** null says that too many changed to name them. */
    adapter_ids: v.nullable(v.array(v.string())),
  }),
  lookup_progress: lookUp,
  /** null says that the list is to be read again. */
  download_changed: v.object({ download: v.nullable(download) }),
  system_changed: v.object({ status: v.string(), warnings: count }),
}

const envelope = v.object({
  type: v.string(),
  timestamp: v.string(),
  seq: v.optional(v.number()),
  data: v.optional(v.unknown()),
})

export type LiveProgress = v.InferOutput<typeof jobProgress>
export type LiveScan = v.InferOutput<typeof scan>
export type LiveEvents = { [Type in keyof typeof events]: v.InferOutput<(typeof events)[Type]> }
export type LiveEventType = keyof LiveEvents
export type Envelope = v.InferOutput<typeof envelope>

/** True for an event after which nothing that was read before holds any more: a backup was restored. */
export function replacesAll({ type, data }: { type: LiveEventType; data: unknown }): boolean {
  if (type !== 'transfer_changed') return false
  const { kind, state } = (data as LiveEvents['transfer_changed']).transfer
  return kind === 'restore' && state === 'done'
}

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
