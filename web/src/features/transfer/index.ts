import { ArrowLeftRight } from '@lucide/vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/transfer',
    redirect: (to) => ({ path: '/transfer/export', query: to.query }),
    meta: {
      nav: { label: 'nav.transfer', icon: ArrowLeftRight, keys: 'g t', isMinor: true },
      permission: 'library.export',
    },
  },
  {
    path: '/transfer/:part(export|import|backups|move-in)',
    component: withTexts('transfer', () => import('./TransferPage.vue')),
    meta: { hasParts: true, permission: 'library.export' },
  },
]
