import { Layers } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/compose',
    name: 'compose',
    component: withTexts('compose', () => import('./ComposePage.vue')),
    meta: { nav: { label: 'nav.compose', icon: Layers, keys: 'g c' } },
  },
]

/** Puts an adapter into the composition that is being worked on, from any page. */
export const AddButton = defineAsyncComponent(withTexts('compose', () => import('./AddButton.vue')))
