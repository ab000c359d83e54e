import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/settings/status',
    component: withTexts('system', () => import('./SystemPage.vue')),
    meta: { permission: 'system.read' },
  },
]

/** How the system is doing in one word, with the way to its page. */
export const SystemMark = defineAsyncComponent(withTexts('system', () => import('./SystemMark.vue')))

/** What something has to be done about, and what to do: rows of a list. */
export const TroubleRows = defineAsyncComponent(withTexts('system', () => import('./TroubleRows.vue')))

/** Engines, disks and what the computer uses now, in short. */
export const SystemCard = defineAsyncComponent(withTexts('system', () => import('./SystemCard.vue')))
