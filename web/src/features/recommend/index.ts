import { WandSparkles } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/recommendations',
    name: 'recommendations',
    component: withTexts('recommend', () => import('./RecommendPage.vue')),
    meta: { nav: { label: 'nav.recommend', icon: WandSparkles, keys: 'g r', isMinor: true } },
  },
]

/** A few adapters that are similar to one, for its page. */
export const SimilarShelf = defineAsyncComponent(
  withTexts('recommend', () => import('./shelf/SimilarShelf.vue')),
)

/** A few adapters that fit those in use, to be added with one press. */
export const FitsShelf = defineAsyncComponent(withTexts('recommend', () => import('./shelf/FitsShelf.vue')))
