import { expect, it } from 'vitest'
import type { LiveScan } from './frames'
import { scanProgress } from './useScan'

const scan = (phase: LiveScan['phase'], counts: Partial<LiveScan['counts']>): LiveScan => ({
  id: 's',
  state: 'running',
  trigger: 'user',
  phase,
  root_ids: [],
  started_at: '2026-01-01T00:00:00Z',
  finished_at: null,
  counts: {
    found: 0,
    read: 0,
    added: 0,
    updated: 0,
    unchanged: 0,
    moved: 0,
    missing: 0,
    restored: 0,
    findings: 0,
    ...counts,
  },
})

it.each([
  ['nothing runs', null, null],
  ['files are still counted', scan('walk', { found: 900, read: 3 }), null],
  ['there is no file', scan('read', { found: 0 }), null],
  ['some are read and others need not be', scan('read', { found: 200, read: 30, unchanged: 20 }), 0.25],
  ['files appeared after the count', scan('read', { found: 10, read: 12 }), 1],
])('knows how far a scan is when %s', (_, running, progress) => {
  expect(scanProgress(running)).toBe(progress)
})
