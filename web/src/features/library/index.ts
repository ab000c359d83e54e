import { Images } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/library',
    name: 'library',
    component: () => import('./LibraryPage.vue'),
    meta: { nav: { label: 'nav.library', icon: Images, keys: 'g l' }, ownsSearch: true },
  },
  {
    path: '/library/duplicates',
    name: 'duplicates',
    component: () => import('./duplicates/DuplicatesPage.vue'),
  },
  {
    path: '/library/:id',
    name: 'adapter',
    component: () => import('./detail/AdapterPage.vue'),
    props: true,
  },
]

/** A row of adapters, for pages that show a few. */
export const AdapterStrip = defineAsyncComponent(() => import('./card/AdapterStrip.vue'))
