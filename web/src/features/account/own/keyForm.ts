import type { NewKey, RoleList } from '@/api/generated'

export type Scope = NewKey['scopes'][number]

export const scopes = ['read', 'run', 'edit', 'files', 'admin'] as const satisfies Scope[]
export const expiries = ['d30', 'd90', 'd365', 'never'] as const

export interface KeyForm {
  name: string
  scopes: Scope[]
  expiry: (typeof expiries)[number]
}

const days = { d30: 30, d90: 90, d365: 365 }

export function toKey(form: KeyForm, now = Date.now()): NewKey {
  const body = { name: form.name.trim(), scopes: scopes.filter((scope) => form.scopes.includes(scope)) }
  if (form.expiry === 'never') return body
  return { ...body, expires_at: new Date(now + days[form.expiry] * 86_400_000).toISOString() }
}

/** True when a scope covers something that its user may not do anyway. */
export function goesBeyond(scope: Scope, own: readonly string[], list: RoleList | undefined): boolean {
  if (scope === 'admin') return false
  const covered = list?.scopes.find(({ name }) => name === scope)?.permissions ?? []
  return covered.some((permission) => !own.includes(permission))
}
