import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'

export const routes: RouteRecordRaw[] = [
  { path: '/offline', component: withTexts('offline', () => import('./OfflinePage.vue')) },
]

/** Says that the server is away, and which changes wait for it. */
export const OfflineBanner = defineAsyncComponent(withTexts('offline', () => import('./OfflineBanner.vue')))
