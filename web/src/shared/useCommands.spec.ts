import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { type Command, findCommands, useCommands } from './useCommands'
import { listShortcuts } from './useShortcuts'

const command = (id: string, label: string, more: Partial<Command> = {}): Command => ({
  id,
  label: () => label,
  group: () => 'General',
  run: vi.fn(),
  ...more,
})

describe('useCommands', () => {
  let scope: EffectScope
  const use = (...commands: Command[]) => {
    scope.run(() => {
      useCommands(commands)
    })
  }
  const found = (typed: string) => findCommands(typed).map(({ id }) => id)

  beforeEach(() => {
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
  })

  it('finds everything when nothing is typed', () => {
    use(command('a', 'Go to Library'), command('b', 'Search'))
    expect(found('')).toEqual(['a', 'b'])
  })

  it('puts labels that start with the word before those that contain it', () => {
    use(
      command('inside', 'Open research'),
      command('start', 'Search the library'),
      command('word', 'Global search'),
    )
    expect(found('search')).toEqual(['start', 'word', 'inside'])
  })

  it('needs every word and looks at group and further words too', () => {
    use(command('theme', 'Switch to dark', { words: () => 'night colours' }), command('other', 'Switch page'))
    expect(found('night switch')).toEqual(['theme'])
  })

  it('ignores case and accents', () => {
    use(command('a', 'Öffnen'))
    expect(found('offn')).toEqual(['a'])
  })

  it('hides what cannot be done now', () => {
    use(command('a', 'Activate', { when: () => false }))
    expect(found('')).toEqual([])
  })

  it('adds the keys of its commands and takes both away with the component', () => {
    use(command('a', 'Activate', { keys: 'a' }))
    expect(listShortcuts().map(({ keys }) => keys)).toEqual(['a'])
    scope.stop()
    expect(listShortcuts()).toEqual([])
    expect(found('')).toEqual([])
  })

  it('keeps a command that the next page registered before the last one left', () => {
    const next = effectScope()
    use(command('a', 'Old'))
    next.run(() => {
      useCommands([command('a', 'New')])
    })
    scope.stop()
    expect(findCommands('').map(({ label }) => label())).toEqual(['New'])
    next.stop()
  })
})
