import type { Result } from '@/api/generated'

/** One thing a result was made with, as text that can be compared. */
export interface Fact {
  key: string
  value: string
}

/** What has a place of its own, and what the size and the texts say already. */
const elsewhere = new Set(['prompt', 'negative_prompt', 'adapters', 'width', 'height', 'seed', 'model'])
/** Settings whose usual value says nothing. */
const plain: Record<string, unknown> = { batch_size: 1, n_iter: 1 }

/** Everything a result was made with besides its texts and adapters; settings that nobody made are left out. */
export function factsOf(result: Result, imageIndex = 0): Fact[] {
  const { params } = result
  const image = result.images[imageIndex]
  const [width, height] = [image?.width ?? result.width, image?.height ?? result.height]
  const facts: [string, unknown][] = [
    ['engine', result.engine],
    ['model', result.model],
    ['size', width && height ? `${String(width)}×${String(height)}` : ''],
    ['seed', image?.seed ?? result.seed],
    ...Object.entries(params ?? {}).filter(([key, value]) => !elsewhere.has(key) && value !== plain[key]),
  ]
  return facts.map(([key, value]) => ({ key, value: textOf(value) })).filter(({ value }) => value !== '')
}

/** Puts a setting into one line; what was not set is empty. */
function textOf(value: unknown): string {
  if (value === null || value === undefined || value === false) return ''
  if (Array.isArray(value)) return value.map(textOf).filter(Boolean).join('; ')
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([key, part]) => [key.replaceAll('_', ' '), textOf(part)])
      .filter(([, text]) => text)
      .map((pair) => pair.join(' '))
      .join(', ')
  }
  if (value === true) return '✓'
  if (typeof value === 'number') return String(value)
  // Pictures are named by their digests, of which the first digits tell them apart.
  return typeof value === 'string' ? value.replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, '$1') : ''
}
