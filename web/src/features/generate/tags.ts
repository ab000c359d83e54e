/** A LoRA tag in a prompt. */
export interface LoraTag {
  name: string
  /** As it is written, without the name: "0.8" or "unet=1:te=0.5". Empty when nothing is said. */
  weight: string
  start: number
  end: number
}

const pattern = /<(?:lora|lyco|lycoris):([^<>:]+)(?::([^<>]*))?>/gi

/** The LoRA tags of a prompt, in order. */
export function tagsOf(prompt: string): LoraTag[] {
  return [...prompt.matchAll(pattern)].map((match) => ({
    name: (match[1] ?? '').trim(),
    weight: match[2] ?? '',
    start: match.index,
    end: match.index + match[0].length,
  }))
}

/** The prompt without one of its tags, and without the gap or comma it would leave. */
export function withoutTag(prompt: string, { start, end }: LoraTag): string {
  const before = prompt.slice(0, start)
  const after = prompt.slice(end)
  const isAtStart = before.trim() === ''
  const isAfterBreak = isAtStart || /[,\s]\s*$/.test(before)
  if (isAfterBreak && /^\s*,/.test(after)) return before + after.replace(/^\s*,\s*/, '')
  if (after.trim() === '') return before.replace(/[,\s]+$/, '') + after.trimEnd()
  return isAfterBreak ? before + after.replace(/^[ \t]+/, '') : before + after
}
