import { app } from './app'
import { dashboard } from './dashboard'
import { library } from './library'
import { settings } from './settings'
import { ui } from './ui'

export const en = { ...ui, ...app, dashboard, library, settings }
