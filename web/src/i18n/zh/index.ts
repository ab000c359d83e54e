import { app } from './app'
import { dashboard } from './dashboard'
import { ui } from './ui'

/** What the first page needs. */
export const start = { ...ui, ...app, dashboard }

/** The texts of features, which come with the first of their pages or components. */
export const features = {
  system: () => import('./system').then((texts) => texts.system),
}
