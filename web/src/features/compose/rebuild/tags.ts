import type { Composed, Rebuilt } from '@/api/generated'

/** True when a text names adapters in the way of prompts, for example "<lora:ink:0.8>". */
export function hasTags(text: string): boolean {
  return /<(lora|lyco):[^<>]+>/i.test(text)
}

/**
 * The adapters that a text named, as entries. Those that are not in the library
 * stay switched on, so that the prompt keeps them and the page warns of them.
 */
export function entriesIn({ entries, lost }: Pick<Rebuilt, 'entries' | 'lost'>): Composed[] {
  return [
    ...entries,
    ...lost.map(({ name, weight, digest }) => ({
      name,
      weight,
      enabled: true,
      ...(digest ? { digest } : {}),
    })),
  ]
}
