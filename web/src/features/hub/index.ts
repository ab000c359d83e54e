import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/library/updates',
    component: withTexts('hub', () => import('./updates/UpdatesPage.vue')),
  },
  {
    path: '/library/downloads',
    component: withTexts('hub', () => import('./downloads/DownloadsPage.vue')),
    meta: { permission: 'files.manage' },
  },
]

/** What a hub says about one adapter, for its page. */
export const HubCard = defineAsyncComponent(withTexts('hub', () => import('./adapter/HubCard.vue')))

/** What can be done with hubs, for the head of the library. */
export const HubMenu = defineAsyncComponent(withTexts('hub', () => import('./lookup/HubMenu.vue')))

/** How the look-up goes that is on; nothing while none is. */
export const LookUpBanner = defineAsyncComponent(withTexts('hub', () => import('./lookup/LookUpBanner.vue')))

/** Looks a selection of adapters up, for the bar that is shown while there is one. */
export const LookUpButton = defineAsyncComponent(withTexts('hub', () => import('./lookup/LookUpButton.vue')))
