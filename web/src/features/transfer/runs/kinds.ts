import {
  Archive,
  ArchiveRestore,
  FileJson,
  FlaskConical,
  FolderInput,
  PackageCheck,
  PackageOpen,
  ShieldCheck,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Transfer } from '@/api/generated'

export const kindIcons: Record<Transfer['kind'], Component> = {
  export: PackageCheck,
  import: PackageOpen,
  move_in: FolderInput,
  backup: Archive,
  verify: ShieldCheck,
  restore: ArchiveRestore,
  rehearsal: FlaskConical,
  sidecars: FileJson,
}

export const stateTones: Record<Transfer['state'], 'neutral' | 'accent' | 'success' | 'danger'> = {
  planning: 'accent',
  planned: 'accent',
  running: 'accent',
  done: 'success',
  failed: 'danger',
  cancelled: 'neutral',
}
