const sources: Record<string, string> = import.meta.glob('../**/*.{vue,ts}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/**
 * Looks through the app's source for the keys of texts: whole ones, and those made
 * in a template such as `settings.nsfw.from.${level}`. For tests only.
 */
export function usedKeys(): (key: string) => boolean {
  const whole = new Set<string>()
  const patterns: RegExp[] = []
  for (const [file, source] of Object.entries(sources)) {
    if (file.includes('/i18n/') || file.includes('/generated/') || file.endsWith('.spec.ts')) continue
    for (const [, key = ''] of source.matchAll(/['"`]([a-zA-Z]\w*(?:\.\w+)+)['"`]/g)) whole.add(key)
    for (const [, template = ''] of source.matchAll(/`([a-zA-Z]\w*\.[\w.]*\$\{[^`]*)`/g)) {
      const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replaceAll('.', '\\.'))
      patterns.push(new RegExp(`^${parts.join('.+')}$`))
    }
  }
  return (key) => whole.has(key) || patterns.some((pattern) => pattern.test(key))
}
