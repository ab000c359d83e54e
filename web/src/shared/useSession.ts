import { useLocalStorage } from '@vueuse/core'
import * as v from 'valibot'
import { computed, readonly, ref, shallowReadonly, shallowRef } from 'vue'

/** What accounts may be allowed, under the server's names. */
export const permissions = [
  'library.read',
  'marks.own',
  'library.edit',
  'jobs.run',
  'results.edit',
  'library.export',
  'files.manage',
  'jobs.manage',
  'backups.make',
  'system.read',
  'system.manage',
  'users.manage',
  'audit.read',
] as const
export type Permission = (typeof permissions)[number]

export const roles = ['viewer', 'editor', 'operator', 'administrator'] as const
export type Role = (typeof roles)[number]

const sessionSchema = v.object({
  /** open: nobody signs in. key: whoever has the server's one key. accounts: people. */
  mode: v.picklist(['open', 'key', 'accounts']),
  authenticated: v.boolean(),
  required: v.boolean(),
  /** The first account has yet to be made. */
  setup_needed: v.boolean(),
  user: v.nullable(
    v.object({
      /** Empty on a server without accounts. */
      id: v.string(),
      name: v.string(),
      display_name: v.string(),
      role: v.picklist(roles),
      permissions: v.array(v.string()),
      must_change: v.boolean(),
    }),
  ),
  methods: v.object({
    password: v.boolean(),
    passkey: v.boolean(),
    oidc: v.nullable(v.object({ name: v.string() })),
  }),
})

/** Who uses this browser, and how one gets in where nobody has yet. */
export type Session = v.InferOutput<typeof sessionSchema>

/** Reads a session from storage; whatever is not one is none. */
export function parseSession(text: string): Session | null {
  try {
    const result = v.safeParse(sessionSchema, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

/** Two servers below one host each have their own. */
const key = `loramanager.session${new URL('.', document.baseURI).pathname.replace(/\/$/, '')}`

/**
 * As the server last told it. It is kept, so that the app knows without a
 * connection whose it is, and shared, so that other tabs see who signs in and out.
 */
const stored = useLocalStorage<Session | null>(key, null, {
  serializer: { read: parseSession, write: (value) => JSON.stringify(value) },
})
const lost = shallowRef<Session | null>(null)
const returns = ref(0)

const user = computed(() => stored.value?.user ?? null)

/** True when whoever is signed in may do something. Until that is known the server alone decides. */
function may(permission: Permission): boolean {
  return user.value?.permissions.includes(permission) ?? true
}

/** Who uses this browser and what they may do. */
export function useSession() {
  return {
    session: computed(() => stored.value),
    user,
    /** True on a server where people have accounts. */
    hasAccounts: computed(() => stored.value?.mode === 'accounts'),
    may,
    /** How to get in again, while the page shown belongs to somebody whose login has ended; otherwise null. */
    lost: shallowReadonly(lost),
    /** Counts how often somebody signed in again without leaving the page: whatever is shown is read anew. */
    returns: readonly(returns),
  }
}

/** Takes over what the server says about the session. Only for those who ask it. */
export function setSession(session: Session): void {
  stored.value = session
}

/** Forgets who it was, in every tab. */
export function forgetSession(): void {
  stored.value = null
}

/** The server does not know this browser any more: the page stays and waits for its user to sign in again. */
export function loseSession(ways: Session): void {
  lost.value = ways
}

/** The same user is back. */
export function regainSession(): void {
  if (!lost.value) return
  lost.value = null
  returns.value++
}
