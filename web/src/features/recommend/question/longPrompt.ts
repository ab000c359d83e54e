import { useSessionStorage } from '@vueuse/core'

/** The longest prompt that an address carries; proxies refuse addresses of more than 8 KiB. */
const longest = 1_000

const stored = useSessionStorage('loramanager.recommend.prompt', '')

/** A short name for a text, the same for the same text. */
function nameOf(text: string): string {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) >>> 0
  return `${hash.toString(36)}-${String(text.length)}`
}

/** Keeps a prompt that is too long for an address in this tab, and names it; '' for one that is not. */
export function keepPrompt(prompt: string): string {
  if (prompt.length <= longest) return ''
  stored.value = prompt
  return nameOf(prompt)
}

/** The prompt of that name; '' when this tab does not have it. */
export function keptPrompt(name: string): string {
  return name !== '' && nameOf(stored.value) === name ? stored.value : ''
}
