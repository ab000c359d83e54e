import { ChartColumn } from '@lucide/vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/analytics',
    name: 'analytics',
    component: withTexts('analytics', () => import('./AnalyticsPage.vue')),
    meta: { nav: { label: 'nav.analytics', icon: ChartColumn, keys: 'g a', isMinor: true } },
  },
]
