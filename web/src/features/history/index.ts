import { History } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/history',
    name: 'history',
    component: withTexts('history', () => import('./HistoryPage.vue')),
    meta: { nav: { label: 'nav.history', icon: History, keys: 'g h' }, ownsSearch: true },
    children: [
      {
        path: ':id',
        name: 'result',
        component: () => import('./viewer/ResultViewer.vue'),
        props: true,
        meta: { isLayer: true },
      },
    ],
  },
]

/** The newest results of a history, for pages that show a few. */
export const ResultShelf = defineAsyncComponent(withTexts('history', () => import('./card/ResultShelf.vue')))
