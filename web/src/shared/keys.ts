/**
 * Keys are written as they are shown: "g l" is g, then l; "mod+k" is Cmd+K on a
 * Mac and Ctrl+K elsewhere. Letters are lower case; "?" is whatever types it.
 */
export type Keys = string

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

/**
 * With a modifier almost every key belongs to the browser; these few do not. An
 * editor may have mod+s, since saving the page itself helps nobody there.
 */
const free = new Set(['mod+k', 'mod+enter', 'mod+s'])

/** Keys a text field has no use for, so that what is being written can be saved and sent from within. */
const freeInText = new Set(['mod+enter', 'mod+s'])

/** Throws when a browser or a text field already has a use for the keys. */
export function assertFree(keys: Keys): void {
  for (const stroke of keys.split(' ')) {
    const isModified = /(^|\+)(mod|alt|ctrl|meta)\+/.test(stroke)
    if (isModified && !free.has(stroke)) throw new Error(`"${stroke}" belongs to the browser`)
  }
}

/** Names the key that was pressed, null while only a modifier is down. */
export function strokeOf(event: KeyboardEvent): string | null {
  if (['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'Dead', 'Unidentified'].includes(event.key)) return null
  const key = event.key === ' ' ? 'space' : event.key.toLowerCase()
  const isPrintable = event.key.length === 1 && key !== 'space'
  const isLetter = /^\p{L}$/u.test(event.key)
  const modifiers = [
    (isMac ? event.metaKey : event.ctrlKey) && 'mod',
    (isMac ? event.ctrlKey : event.metaKey) && 'meta',
    event.altKey && !event.getModifierState('AltGraph') && 'alt',
    event.shiftKey && (!isPrintable || isLetter) && 'shift',
  ]
  return [...modifiers.filter(Boolean), key].join('+')
}

/** The parts of a key combination in the words printed on the keys. */
export function keyLabels(stroke: string): string[] {
  return stroke.split('+').map((key) => labels[key] ?? (key.length === 1 ? key.toUpperCase() : key))
}

const labels: Record<string, string> = {
  mod: isMac ? '⌘' : 'Ctrl',
  alt: isMac ? '⌥' : 'Alt',
  shift: isMac ? '⇧' : 'Shift',
  enter: 'Enter',
  escape: 'Esc',
  space: 'Space',
  delete: 'Del',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
}

const typing = 'input, textarea, select, [contenteditable]:not([contenteditable=false])'
const ownKeys =
  '[role=menu], [role=menubar], [role=listbox], [role=combobox], [role=slider], [role=radiogroup], [role=tablist], video, audio'
const pressable = 'a[href], button, summary, [role=button], [role=link], [role=checkbox], [role=switch]'
const notTyping = ['button', 'checkbox', 'color', 'file', 'image', 'radio', 'reset', 'submit']

/** True when the focused element has its own use for the key, so that no shortcut may take it. */
export function belongsToElement(target: EventTarget | null, stroke: string): boolean {
  if (!(target instanceof Element)) return false
  const field = target.closest(typing)
  // A select looks for what letters spell, and for nothing else that is typed.
  if (field instanceof HTMLSelectElement) return !stroke.includes('mod+') && !/^[/?]$/.test(stroke)
  if (field && !(field instanceof HTMLInputElement && notTyping.includes(field.type))) {
    return !freeInText.has(stroke)
  }
  if (target.closest(ownKeys)) return !stroke.includes('mod+')
  return (stroke === 'enter' || stroke === 'space') && target.closest(pressable) !== null
}
