import type { ImportInclude, ImportRequest } from '@/api/generated'
import type { Policy } from '../plan/policy'

export const parts = ['adapters', 'files', 'compositions', 'jobs', 'taste', 'settings'] as const

export interface ImportForm {
  rootId: string
  include: ImportInclude
  passphrase: string
  /** Private keys of age, one a line. */
  identities: string
  policy: Policy
}

export function emptyForm(): ImportForm {
  return {
    rootId: '',
    include: { adapters: true, files: true, compositions: true, jobs: true, taste: true, settings: false },
    passphrase: '',
    identities: '',
    policy: 'ask',
  }
}

export const isEncrypted = (path: string) => /\.age$/i.test(path)
export const isArchive = (path: string) => /\.(zip|age)$/i.test(path)

/** Puts a form into the server's words. Keys are sent only where something is locked. */
export function importOf(
  form: ImportForm,
  uploads: readonly { id: string | null; path: string }[],
): ImportRequest {
  const isLocked = uploads.some(({ path }) => isEncrypted(path))
  const identities = form.identities.split(/\s+/).filter(Boolean)
  return {
    upload_ids: uploads.flatMap(({ id }) => (id === null ? [] : [id])),
    target_root_id: form.rootId,
    policy: form.policy,
    include: { ...form.include, files: form.include.adapters && form.include.files },
    ...(isLocked && form.passphrase && { passphrase: form.passphrase }),
    ...(isLocked && identities.length > 0 && { identities }),
  }
}
