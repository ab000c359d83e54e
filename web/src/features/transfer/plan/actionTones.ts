import type { ImportItem } from '@/api/generated'

export const actionTones: Record<ImportItem['action'], 'neutral' | 'accent' | 'success' | 'warning'> = {
  create: 'success',
  update: 'accent',
  conflict: 'warning',
  same: 'neutral',
  skip: 'neutral',
}
