import { House } from '@lucide/vue'
import type { RouteRecordRaw } from 'vue-router'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/',
    name: 'dashboard',
    component: () => import('./DashboardPage.vue'),
    meta: { nav: { label: 'nav.dashboard', icon: House, keys: 'g d' } },
  },
]
