import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteLocation, type RouteRecordRaw } from 'vue-router'
import { askServer } from '@/api/reach'
import { routes as account } from '@/features/account'
import { routes as analytics } from '@/features/analytics'
import { routes as compose } from '@/features/compose'
import { routes as dashboard } from '@/features/dashboard'
import { routes as generate } from '@/features/generate'
import { routes as history } from '@/features/history'
import { routes as hub } from '@/features/hub'
import { routes as library } from '@/features/library'
import { routes as offline } from '@/features/offline'
import { routes as recommend } from '@/features/recommend'
import { routes as settings } from '@/features/settings'
import { routes as system } from '@/features/system'
import { routes as transfer } from '@/features/transfer'
import '@/shared/route'
import { followSession } from './session'

/** The features in the order of the navigation. */
const features: RouteRecordRaw[] = [
  ...dashboard,
  ...library,
  ...hub,
  ...compose,
  ...generate,
  ...history,
  ...recommend,
  ...analytics,
  ...transfer,
  ...settings,
  ...system,
  ...account,
  ...offline,
]

export const router = createRouter({
  // Without an argument the history works below <base href>.
  history: createWebHistory(),
  routes: [...features, { path: '/:path(.*)*', component: () => import('./pages/NotFoundPage.vue') }],
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is still experimental
  scrollBehavior(to, from, saved) {
    if (saved) return whenTallEnough(saved.top).then(() => saved)
    return isSamePage(to, from) ? undefined : { top: 0 }
  },
})

/** True where what is read stays in place: only the query or the part shown changed, or a layer came or went. */
function isSamePage(to: RouteLocation, from: RouteLocation): boolean {
  const isLayer = (to.meta.isLayer ?? false) || (from.meta.isLayer ?? false)
  const isWithin = isLayer || (to.meta.hasParts ?? false)
  return to.path === from.path || (isWithin && to.matched[0] === from.matched[0])
}

/** A list gets its height a moment after its page is drawn; until then there is nowhere to scroll to. */
function whenTallEnough(top: number): Promise<void> {
  const deadline = performance.now() + 2_000
  return new Promise((resolve) => {
    const look = () => {
      const reach = document.documentElement.scrollHeight - innerHeight
      if (reach >= top || performance.now() > deadline) resolve()
      else requestAnimationFrame(look)
    }
    look()
  })
}

/** The pages of the navigation. */
export const navigation = features.flatMap(({ path, meta }) =>
  meta?.nav ? [{ path, permission: meta.permission, ...meta.nav }] : [],
)

router.afterEach((to, from, failure) => {
  const isFirst = from.matched.length === 0
  if (!failure && !isFirst && !isSamePage(to, from)) void focusHeading()
})

/** A change of page is heard by a screen reader and starts the Tab order at the top of the page. */
async function focusHeading(): Promise<void> {
  await nextTick()
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
}

/** Asks the server who this is and what they may do. */
export const checkSession = followSession(router)

// A page that was never visited here cannot come from here.
router.onError(async () => {
  if (!(await askServer())) await router.push('/offline')
})
