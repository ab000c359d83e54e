import type { Component } from 'vue'
import type { Keys } from '@/shared/keys'

/** One line of a UiMenu. */
export interface MenuItem {
  label: string
  icon?: Component
  keys?: Keys
  tone?: 'danger'
  disabled?: boolean
  /** Why it cannot be chosen by this user; shown below it. */
  reason?: string
  /** Draws a line above it. */
  isFirstOfGroup?: boolean
  run: () => void
}
