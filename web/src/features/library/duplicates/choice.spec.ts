import { describe, expect, it } from 'vitest'
import type { DuplicateGroup } from '@/api/generated'
import { makeAdapter } from '../catalog/fixtures'
import { bestCopy, bytesOf, fullyMarked, suggestTrash } from './choice'

const older = makeAdapter({ id: 'older', created_at: '2025-01-01T00:00:00Z', file_size: 10 })
const newer = makeAdapter({ id: 'newer', created_at: '2026-01-01T00:00:00Z', file_size: 20 })
const rated = makeAdapter({ id: 'rated', created_at: '2026-02-01T00:00:00Z', rating: 4, file_size: 30 })
const group = (adapters: DuplicateGroup['adapters']): DuplicateGroup => ({
  key: adapters.map((adapter) => adapter.id).join(),
  kind: 'same_file',
  size_bytes: 10,
  adapters,
})

describe('choosing among copies', () => {
  it('keeps the one the user has worked on, else the one that was there first', () => {
    expect(bestCopy([newer, older, rated])?.id).toBe('rated')
    expect(bestCopy([newer, older])?.id).toBe('older')
    expect(bestCopy([])).toBeUndefined()
  })

  it('marks all copies but the best of each group and counts their bytes', () => {
    const groups = [group([older, newer]), group([rated])]
    const marked = suggestTrash(groups)
    expect([...marked]).toEqual(['newer'])
    expect(bytesOf(groups, marked)).toBe(20)
  })

  it('notices when nothing would be left of a group', () => {
    const groups = [group([older, newer]), group([rated])]
    expect(fullyMarked(groups, new Set(['older', 'newer']))).toEqual([groups[0]])
    expect(fullyMarked(groups, new Set(['older']))).toEqual([])
  })
})
