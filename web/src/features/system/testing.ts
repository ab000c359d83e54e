import type { Check, ResourceSample, SystemStatus } from '@/api/generated'

/** A check that is well, with what a test gives it. */
export function checkOf(given: Partial<Check> = {}): Check {
  return {
    id: 'database',
    area: 'database',
    name: '',
    state: 'ok',
    detail: '',
    advice: '',
    link: '',
    facts: {},
    checked_at: '2026-01-01T00:00:00Z',
    took_ms: 1,
    ...given,
  }
}

/** A sample in which nothing could be measured, with what a test gives it. */
export function sampleOf(given: Partial<ResourceSample> = {}): ResourceSample {
  return {
    at: '2026-01-01T00:00:00Z',
    host: 'studio',
    cpu_percent: null,
    memory_used: null,
    memory_total: null,
    disk_used: null,
    disk_total: null,
    process_memory: null,
    pictures_bytes: null,
    database_bytes: null,
    gpus: [],
    ...given,
  }
}

/** The status of a system that is well, with what a test gives it. */
export function statusOf(given: Partial<SystemStatus> = {}): SystemStatus {
  return {
    status: 'healthy',
    checks: [],
    workers: [],
    warnings: [],
    versions: { program: '1.0.0', commit: '', go: 'go1.26', database: 'sqlite', schema: 3 },
    uptime_seconds: 60,
    resources: null,
    last_updated: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    message: '',
    backend: 'in-memory',
    gpu_available: false,
    gpu_status: '',
    memory_used: 0,
    memory_total: 0,
    active_workers: 0,
    queue_length: 0,
    queue_eta_seconds: null,
    metrics: null,
    sdnext: { configured: false, base_url: null, available: null, error: null },
    importer: {
      import_path: null,
      last_ingested_at: null,
      recent_imports: 0,
      total_adapters: 0,
      stale: null,
      stale_threshold_hours: null,
      scanner: null,
    },
    recommendations: { models_loaded: true, gpu_available: false },
    queue: { total: 0, active: 0, running: 0, failed: 0, paused: false },
    thresholds: {
      queue: { active_warning: 0, failed_warning: 0 },
      importer: { stale_hours: null },
    },
    ...given,
  }
}
