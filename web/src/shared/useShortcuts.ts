import { onScopeDispose, shallowReactive, toRaw } from 'vue'
import { assertFree, belongsToElement, type Keys, strokeOf } from './keys'

export interface Shortcut {
  keys: Keys
  /** What it does, for the list of shortcuts; a function so that it follows the language. */
  label: () => string
  /** The heading it is listed under. */
  group: () => string
  run: (event: KeyboardEvent) => void
  /** Leaves the key alone while false. */
  when?: () => boolean
}

/** How long the next key of a sequence such as "g l" may take, in milliseconds. */
const patience = 1_000

const layers = shallowReactive<{ isModal: boolean; shortcuts: Shortcut[] }[]>([])
let typed: string[] = []
let timer: ReturnType<typeof setTimeout> | undefined

/** Layers that can be reached: those above the topmost dialog, and the dialog's own. */
function reachable(): Shortcut[] {
  const modal = layers.findLastIndex((layer) => layer.isModal)
  return layers.slice(Math.max(0, modal)).flatMap((layer) => layer.shortcuts)
}

function forget(): void {
  clearTimeout(timer)
  typed = []
}

function onKeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const stroke = strokeOf(event)
  if (!stroke) return
  if (belongsToElement(event.target, stroke)) {
    forget()
    return
  }
  const candidates = reachable().filter((shortcut) => shortcut.when?.() ?? true)
  for (const sequence of [[...typed, stroke].join(' '), stroke]) {
    // Whoever came last is nearest to the user: a page wins over the shell.
    const match = candidates.findLast((shortcut) => shortcut.keys === sequence)
    if (match) {
      forget()
      event.preventDefault()
      match.run(event)
      return
    }
    if (candidates.some((shortcut) => shortcut.keys.startsWith(`${sequence} `))) {
      clearTimeout(timer)
      typed = sequence.split(' ')
      timer = setTimeout(forget, patience)
      return
    }
  }
  forget()
}

function addLayer(layer: { isModal: boolean; shortcuts: Shortcut[] }): () => void {
  // Unseen by the effect of a dialog that covers: run again, it would cover the dialog's own shortcuts.
  if (toRaw(layers).length === 0) window.addEventListener('keydown', onKeydown)
  layers.push(layer)
  return () => {
    const index = layers.indexOf(layer)
    if (index >= 0) layers.splice(index, 1)
    if (layers.length === 0) {
      window.removeEventListener('keydown', onKeydown)
      forget()
    }
  }
}

/**
 * Adds shortcuts for as long as the calling component lives. They never fire inside
 * a text field or behind a dialog, and keys that belong to the browser are refused.
 */
export function useShortcuts(shortcuts: Shortcut[]): void {
  for (const shortcut of shortcuts) assertFree(shortcut.keys)
  onScopeDispose(addLayer({ isModal: false, shortcuts }))
}

/** Keeps the shortcuts of everything below from firing until the returned function is called. */
export function coverShortcuts(): () => void {
  return addLayer({ isModal: true, shortcuts: [] })
}

/** The shortcuts that are in use on this page, for listing them. */
export function listShortcuts(): Shortcut[] {
  return layers.flatMap((layer) => layer.shortcuts)
}
