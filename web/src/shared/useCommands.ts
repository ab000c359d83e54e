import { type Component, onScopeDispose, shallowReactive } from 'vue'
import type { Keys } from './keys'
import { useShortcuts } from './useShortcuts'

/** Something the user can do, found in the command palette and, with keys, by keyboard. */
export interface Command {
  id: string
  /** Functions, so that texts follow the language. */
  label: () => string
  group: () => string
  icon?: Component
  keys?: Keys
  /** Further words to find it by. */
  words?: () => string
  run: () => void
  /** Hides the command and its keys while false. */
  when?: () => boolean
}

const registry = shallowReactive(new Map<string, Command>())

/** Offers commands for as long as the calling component or scope lives. */
export function useCommands(commands: Command[]): void {
  for (const command of commands) registry.set(command.id, command)
  useShortcuts(
    commands.flatMap(({ keys, label, group, run, when }) =>
      keys ? [{ keys, label, group, run, when }] : [],
    ),
  )
  onScopeDispose(() => {
    for (const command of commands) {
      // The next page may already have registered the same command.
      if (registry.get(command.id) === command) registry.delete(command.id)
    }
  })
}

/** The commands that match what was typed, best first. Everything matches nothing typed. */
export function findCommands(typed: string): Command[] {
  const words = fold(typed).split(' ').filter(Boolean)
  return [...registry.values()]
    .filter((command) => command.when?.() ?? true)
    .map((command) => ({ command, rank: rank(command, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ command }) => command)
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** 0 when a word is missing; a word that starts the label counts most, one in the middle of another least. */
function rank(command: Command, words: string[]): number {
  const label = fold(command.label())
  const rest = fold(`${command.group()} ${command.words?.() ?? ''}`)
  let total = 1
  for (const word of words) {
    if (label.startsWith(word)) total += 4
    else if (label.includes(` ${word}`)) total += 3
    else if (label.includes(word)) total += 2
    else if (rest.includes(word)) total += 1
    else return 0
  }
  return total
}
