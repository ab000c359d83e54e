import type { DialectToken } from '@/api/generated'

/** A stretch of a prompt: words, or what stands for an adapter. */
export interface Segment {
  text: string
  /** null for words. */
  token: DialectToken | null
}

/** Cuts a prompt at its tokens. Places that are out of order or beyond its end are passed over. */
export function segmentsOf(prompt: string, tokens: readonly DialectToken[]): Segment[] {
  const segments: Segment[] = []
  let at = 0
  for (const token of [...tokens].sort((a, b) => a.start - b.start)) {
    if (token.start < at || token.end <= token.start || token.end > prompt.length) continue
    if (token.start > at) segments.push({ text: prompt.slice(at, token.start), token: null })
    segments.push({ text: prompt.slice(token.start, token.end), token })
    at = token.end
  }
  if (at < prompt.length) segments.push({ text: prompt.slice(at), token: null })
  return segments
}
