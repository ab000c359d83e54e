import type { ExportConfig } from '@/api/generated'

export const compressions = ['none', 'fast', 'balanced', 'max'] as const
export const protections = ['none', 'passphrase', 'recipients'] as const
/** Sizes of parts on offer, in MiB: what common media and file systems take. */
export const partSizes = [700, 1024, 2048, 4095, 10_240, 25_600] as const

/** Which adapters go along. */
export type Chosen =
  | { kind: 'all' }
  | { kind: 'some'; ids: readonly string[] }
  | { kind: 'search'; q: string }

export interface ExportForm {
  adapters: boolean
  files: boolean
  jobs: boolean
  images: boolean
  /** Days of the reader as the boxes have them, such as 2026-01-31; empty leaves that side open. */
  from: string
  until: string
  compositions: boolean
  taste: boolean
  settings: boolean
  analytics: boolean
  compression: (typeof compressions)[number]
  split: boolean
  partMb: number
  protection: (typeof protections)[number]
  passphrase: string
  repeated: string
  /** Public keys of age, one a line. */
  recipients: string
}

export function emptyForm(): ExportForm {
  return {
    adapters: true,
    files: true,
    jobs: true,
    images: true,
    from: '',
    until: '',
    compositions: true,
    taste: true,
    settings: true,
    analytics: true,
    compression: 'balanced',
    split: false,
    partMb: 4095,
    protection: 'none',
    passphrase: '',
    repeated: '',
    recipients: '',
  }
}

/** What can be wrong with a field, as names of texts. */
export type Problem = 'nothing' | 'order' | 'short' | 'differs' | 'none' | 'malformed'

/** What is wrong with a form, by field. */
type Problems = Partial<Record<'adapters' | 'until' | 'passphrase' | 'repeated' | 'recipients', Problem>>

/** A passphrase that can be guessed protects nothing. */
const shortestPassphrase = 8
const recipientPattern = /^age1[02-9ac-hj-np-z]{20,}$/

function recipientsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}

/** What would make the export empty or hard to open again. */
export function problemsOf(form: ExportForm): Problems {
  const problems: Problems = {}
  const { adapters, jobs, compositions, taste, settings, analytics, from, until } = form
  if (![adapters, jobs, compositions, taste, settings, analytics].includes(true))
    problems.adapters = 'nothing'
  if (jobs && from && until && until < from) problems.until = 'order'
  if (form.protection === 'passphrase') {
    if (form.passphrase.length < shortestPassphrase) problems.passphrase = 'short'
    if (form.repeated !== form.passphrase) problems.repeated = 'differs'
  }
  if (form.protection === 'recipients') {
    const keys = recipientsOf(form.recipients)
    if (keys.length === 0) problems.recipients = 'none'
    else if (!keys.every((key) => recipientPattern.test(key))) problems.recipients = 'malformed'
  }
  return problems
}

/** Puts a form into the server's words, as far as it decides the size. */
export function scopeOf(form: ExportForm, chosen: Chosen): ExportConfig {
  const { adapters, jobs, from, until } = form
  const isDated = jobs && (from !== '' || until !== '')
  return {
    loras: adapters,
    lora_files: adapters && form.files,
    generations: jobs,
    ...(jobs && { images: form.images }),
    ...(isDated && { generation_range: 'date_range' }),
    ...(isDated && from && { date_from: startOf(from) }),
    ...(isDated && until && { date_to: endOf(until) }),
    include: { compositions: form.compositions, taste: form.taste },
    system_config: form.settings,
    analytics: form.analytics,
    compression: form.compression,
    ...(form.split && { split_archives: true, max_size_mb: form.partMb }),
    ...(adapters && chosen.kind === 'some' && { adapter_ids: [...chosen.ids] }),
    ...(adapters && chosen.kind === 'search' && { search: chosen.q }),
  }
}

/** Puts a form into the server's words. */
export function exportOf(form: ExportForm, chosen: Chosen): ExportConfig {
  const { protection, passphrase, recipients } = form
  return {
    ...scopeOf(form, chosen),
    ...(protection !== 'none' && { encrypt: true }),
    ...(protection === 'passphrase' && { password: passphrase }),
    ...(protection === 'recipients' && { recipients: recipientsOf(recipients) }),
  }
}

/** The first and the last moment of one of the reader's days. */
const startOf = (day: string) => new Date(`${day}T00:00:00`).toISOString()
const endOf = (day: string) => new Date(`${day}T23:59:59.999`).toISOString()

const places: Partial<Record<string, string>> = {
  passphrase: 'password',
  from: 'date_from',
  until: 'date_to',
  adapters: 'loras',
  partMb: 'max_size_mb',
}

/** The server's name for a field of the form. */
export const placeOf = (field: string) => places[field] ?? field
