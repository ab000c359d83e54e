import type { ImportItem } from '@/api/generated'

/**
 * What can be decided for one item, the first of which follows the import: a new one can
 * be left out, an update kept apart, a conflict settled for either side.
 */
export const choices: Record<ImportItem['action'], readonly ImportItem['policy'][]> = {
  create: ['', 'keep', 'rename'],
  update: ['', 'keep', 'rename'],
  conflict: ['', 'keep', 'replace', 'rename', 'newest'],
  same: [],
  skip: [],
}
