import { Images } from '@lucide/vue'
import { defineAsyncComponent } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { withTexts } from '@/i18n'
import '@/shared/route'

export const routes: RouteRecordRaw[] = [
  {
    path: '/library',
    name: 'library',
    component: withTexts('library', () => import('./LibraryPage.vue')),
    meta: { nav: { label: 'nav.library', icon: Images, keys: 'g l' }, ownsSearch: true },
  },
  {
    path: '/library/duplicates',
    name: 'duplicates',
    component: withTexts('library', () => import('./duplicates/DuplicatesPage.vue')),
  },
  {
    path: '/library/:id',
    name: 'adapter',
    component: withTexts('library', () => import('./detail/AdapterPage.vue')),
    props: true,
  },
]

/** A row of adapters, for pages that show a few. */
export const AdapterStrip = defineAsyncComponent(
  withTexts('library', () => import('./card/AdapterStrip.vue')),
)

/** The library to pick from, searched as on its own page. */
export const AdapterPicker = defineAsyncComponent(
  withTexts('library', () => import('./picker/AdapterPicker.vue')),
)

/** An adapter's preview, blurred where the user wants that. */
export const AdapterPicture = defineAsyncComponent(
  withTexts('library', () => import('./card/CardPicture.vue')),
)

/** Which base model an adapter is for, and how sure that is. */
export const BaseBadge = defineAsyncComponent(withTexts('library', () => import('./card/BaseBadge.vue')))

/** Switches an adapter on and off, as its card does. */
export const ActiveSwitch = defineAsyncComponent(
  withTexts('library', () => import('./card/ActiveSwitch.vue')),
)

/** HTML that the server has sanitised. */
export const SafeHtml = defineAsyncComponent(withTexts('library', () => import('./detail/SafeHtml.vue')))

/** A weight as a slider and a number. */
export const WeightField = defineAsyncComponent(
  withTexts('library', () => import('./catalog/WeightField.vue')),
)

export { promptName, weightText } from './catalog/present'
