import { Settings } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/settings',
    component: () => import('./SettingsPage.vue'),
    meta: { nav: { label: 'nav.settings', icon: Settings, keys: 'g s' } },
  },
]

/** The form to add a library folder. */
export const AddFolder = defineAsyncComponent(() => import('./components/AddFolder.vue'))
