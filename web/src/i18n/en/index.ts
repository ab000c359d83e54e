import { app } from './app'
import { settings } from './settings'
import { ui } from './ui'

export const en = { ...ui, ...app, settings }
