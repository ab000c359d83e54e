import { Sparkles } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/generate',
    component: withTexts('generate', () => import('./GeneratePage.vue')),
    meta: { nav: { label: 'nav.generate', icon: Sparkles, keys: 'g g' } },
  },
]

/** The queue in a few lines: what runs, with its progress, and how much waits. */
export const QueueStrip = defineAsyncComponent(withTexts('generate', () => import('./QueueStrip.vue')))
