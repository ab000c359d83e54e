import { forgetSession, type Session, setSession, useSession } from '@/shared/useSession'
import { logout, readSession } from './generated'

const { session } = useSession()

/**
 * Asks the server who this browser is. Without a connection it is whoever it was
 * last; null when that is not known either.
 */
export async function askSession(): Promise<Session | null> {
  if (!navigator.onLine && session.value) return session.value
  try {
    return await readSession()
  } catch {
    return session.value
  }
}

/** Asks as askSession does, and has the whole app take note. */
export async function loadSession(): Promise<Session | null> {
  const answer = await askSession()
  if (answer) setSession(answer)
  return answer
}

/** Ends the login of this browser, in all its tabs. Rejects with the server's ApiError. */
export async function signOut(): Promise<void> {
  await logout()
  forgetSession()
}
