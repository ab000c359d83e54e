import type { Backup, BackupPlace, ImportItem, Transfer } from '@/api/generated'

/** A transfer for tests, with nothing filled in but what is given. */
export function makeTransfer(given: Partial<Transfer> = {}): Transfer {
  return {
    id: 't1',
    kind: 'import',
    revision: 0,
    state: 'running',
    phase: 'reading',
    items: 0,
    items_total: 0,
    bytes: 0,
    bytes_total: 0,
    message: '',
    error: '',
    notes: [],
    started_at: '2026-01-01T00:00:00Z',
    finished_at: null,
    ...given,
  }
}

export function makeItem(key: string, given: Partial<ImportItem> = {}): ImportItem {
  return {
    key,
    action: 'create',
    name: `Adapter ${key}`,
    version: '',
    source: 'library.zip',
    adapter_id: '',
    matched_by: '',
    differs: [],
    file_name: `${key}.safetensors`,
    file_size: 1024,
    file_action: 'place',
    policy: '',
    note: '',
    ...given,
  }
}

export function makeBackup(id: string, given: Partial<Backup> = {}): Backup {
  return {
    id,
    type: 'full',
    status: 'verified',
    place: 'folder',
    bases: [],
    needed_by: [],
    weights: false,
    size: 1_000_000,
    total_size: 1_000_000,
    sha256: '',
    counts: { adapters: 12, files: 0, compositions: 3, jobs: 40, images: 80, rows: 900 },
    checksum: 'c0ffee',
    schema: 4,
    program: '1.0',
    note: '',
    error: '',
    created_at: '2026-01-01T00:00:00Z',
    verified_at: '2026-01-01T00:01:00Z',
    rehearsed_at: null,
    rehearsal_error: '',
    ...given,
  }
}

export function makePlace(given: Partial<BackupPlace> = {}): BackupPlace {
  return {
    name: 'folder',
    configured: true,
    location: '/srv/backups',
    free_bytes: 9_000_000_000,
    used_bytes: 1_000_000_000,
    error: '',
    ...given,
  }
}
