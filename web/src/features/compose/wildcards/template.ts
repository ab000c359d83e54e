/** The highest seed that numbers of a browser hold exactly. */
export const mostSeed = Number.MAX_SAFE_INTEGER

/** The most prompts that are of use on a page. */
export const mostShown = 200

/** Reads a whole number from a text box; what is none, or beyond the ends, becomes the nearest that is allowed. */
export function bounded(text: string, least: number, most: number): number {
  const value = Math.round(Number(text))
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least
}

/** Puts a wildcard at the end of a text. */
export function withWildcard(text: string, name: string): string {
  const start = text.trimEnd()
  const gap = start === '' ? '' : start.endsWith(',') ? ' ' : ', '
  return `${start}${gap}__${name}__`
}
