import { computed, ref, shallowRef } from 'vue'
import type { LoginReply, SecondStep } from '@/api/generated'
import { loadSession } from '@/api/session'
import { type Session, setSession } from '@/shared/useSession'

export type Step = 'open' | 'key' | 'password' | 'setup' | 'second' | 'change'

/**
 * The steps of a login: who one is, the second factor where there is one, and a new
 * password where that is asked for. `onIn` is called once everything is done.
 */
export function useSignIn(ways: () => Session, onIn: (session: Session) => void) {
  const second = shallowRef<SecondStep>()
  const changing = shallowRef<Session>()
  /** What was typed just now, so that it need not be typed again to be changed; never kept anywhere. */
  const typed = ref('')

  const step = computed<Step>(() => {
    if (changing.value) return 'change'
    if (second.value) return 'second'
    const { mode, setup_needed: isNew, user } = ways()
    if (mode !== 'accounts') return mode
    if (user?.must_change) return 'change'
    return isNew ? 'setup' : 'password'
  })

  /** Goes on from what the server says to a step. */
  function take({ second: next, ...session }: LoginReply, password = ''): void {
    second.value = next ?? undefined
    if (password) typed.value = password
    if (next) return
    if (session.user?.must_change) changing.value = session
    else enter(session)
  }

  function enter(session: Session): void {
    setSession(session)
    onIn(session)
  }

  /** The new password is in its place. */
  async function changed(): Promise<void> {
    const session = await loadSession()
    if (session) onIn(session)
  }

  /** Begins anew, for example when a step has taken too long. */
  function startOver(): void {
    second.value = undefined
    changing.value = undefined
    typed.value = ''
  }

  const name = computed(() => (changing.value ?? ways()).user?.name ?? '')
  return { step, second, typed, name, take, changed, startOver }
}
