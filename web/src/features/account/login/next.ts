import type { Router } from 'vue-router'

/**
 * The address to go on to after signing in: the page that was asked for, if it is one of
 * this app. An address such as //example.org would lead away from here.
 */
export function addressAfter(next: unknown, router: Router): string {
  const home = router.resolve('/').href
  if (typeof next !== 'string' || !/^\/(?!\/)/.test(next)) return home
  const target = new URL(router.resolve(next).href, location.href)
  if (target.origin !== location.origin || router.resolve(next).path === '/login') return home
  return target.href
}
