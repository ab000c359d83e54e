import { watch } from 'vue'
import type { RouteLocationNormalized, Router } from 'vue-router'
import { serverUrl } from '@/api/base'
import { session as news } from '@/api/fetch'
import { askSession, loadSession } from '@/api/session'
import { loseSession, type Session, setSession, useSession } from '@/shared/useSession'

export const loginPath = '/login'

/** True for somebody who may see the app's pages. */
function isIn({ required, authenticated, user }: Session): boolean {
  return (!required || authenticated) && !user?.must_change
}

/**
 * Leads those who have to sign in to the login page. A page that is already shown
 * stays where it is, drafts included, until its user has signed in again over it;
 * it only goes when somebody signed out, in whichever tab that was. Returns a
 * function that has the server asked again.
 */
export function followSession(router: Router): () => Promise<void> {
  const { session, lost } = useSession()
  const here = () => router.currentRoute.value
  const isLost = () => lost.value !== null
  let isKnown = false

  // Asked while the page's parts are on their way.
  router.beforeResolve(async (to) => {
    if (to.path === loginPath) return true
    const who = isKnown ? session.value : await loadSession()
    isKnown = who !== null
    return !who || isIn(who) || login(to)
  })

  async function check(): Promise<void> {
    if (here().matched.length === 0 || here().path === loginPath || isLost()) return
    const who = await askSession()
    if (!who || isLost()) return
    if (isIn(who)) setSession(who)
    else if (who.authenticated) await router.push(login(here()))
    else loseSession(who)
  }
  news.addEventListener('unauthorized', () => void check())

  watch(session, (now, before) => {
    if (here().path === loginPath) return
    if (before && !now) location.assign(serverUrl(loginPath))
    else if (before?.user && now?.user && before.user.id !== now.user.id) location.reload()
  })
  return check
}

function login(to: RouteLocationNormalized) {
  return { path: loginPath, query: to.fullPath === '/' ? {} : { next: to.fullPath } }
}
