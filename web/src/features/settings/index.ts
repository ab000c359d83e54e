import { Settings } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/settings',
    component: withTexts('settings', () => import('./SettingsPage.vue')),
    meta: { nav: { label: 'nav.settings', icon: Settings, keys: 'g s' } },
  },
]

/** The form to add a library folder. */
export const AddFolder = defineAsyncComponent(
  withTexts('settings', () => import('./components/AddFolder.vue')),
)
