import { app } from './app'
import { dashboard } from './dashboard'
import { ui } from './ui'

/** What the first page needs. */
export const start = { ...ui, ...app, dashboard }

/** The texts of features, which come with the first of their pages or components. */
export const features = {
  account: () => import('./account').then((texts) => texts.account),
  analytics: () => import('./analytics').then((texts) => texts.analytics),
  compose: () => import('./compose').then((texts) => texts.compose),
  generate: () => import('./generate').then((texts) => texts.generate),
  history: () => import('./history').then((texts) => texts.history),
  hub: () => import('./hub').then((texts) => texts.hub),
  library: () => import('./library').then((texts) => texts.library),
  offline: () => import('./offline').then((texts) => texts.offline),
  recommend: () => import('./recommend').then((texts) => texts.recommend),
  settings: () => import('./settings').then((texts) => texts.settings),
  system: () => import('./system').then((texts) => texts.system),
  transfer: () => import('./transfer').then((texts) => texts.transfer),
}
