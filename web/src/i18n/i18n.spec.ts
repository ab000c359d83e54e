import { describe, expect, it } from 'vitest'
import { i18n } from '.'

const sources: Record<string, string> = import.meta.glob('../**/*.{vue,ts}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Whole keys, and the fixed beginnings of those that end in a variable. */
function usedKeys() {
  const keys = new Map<string, string>()
  for (const [file, source] of Object.entries(sources)) {
    if (file.includes('/i18n/') || file.includes('/generated/') || file.endsWith('.spec.ts')) continue
    for (const [, key] of source.matchAll(/\bt\(\s*'([^']+)'/g)) keys.set(key!, file)
    for (const [, start] of source.matchAll(/\bt\(\s*`([a-z][\w.]*)\.\$\{/gi)) keys.set(start!, file)
  }
  return [...keys]
}

describe('the English texts', () => {
  it.each(usedKeys())('have %s (used in %s)', (key) => {
    const group: object = i18n.global.tm(key)
    expect(i18n.global.te(key) || Object.keys(group).length > 0).toBe(true)
  })
})
