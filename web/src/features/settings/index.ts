import { Settings } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/settings',
    component: withTexts('settings', () => import('./SettingsPage.vue')),
    meta: { nav: { label: 'nav.settings', icon: Settings, keys: 'g s', isMinor: true } },
  },
]

/** The form to add a library folder. */
export const AddFolder = defineAsyncComponent(
  withTexts('settings', () => import('./components/AddFolder.vue')),
)

/** A scan that runs: its steps, how far it is, what it found, and a way to cancel it. */
export const ScanProgress = defineAsyncComponent(
  withTexts('settings', () => import('./components/ScanProgress.vue')),
)

/** How far the background reading of files has come. */
export const DigestsCard = defineAsyncComponent(
  withTexts('settings', () => import('./components/DigestsCard.vue')),
)
