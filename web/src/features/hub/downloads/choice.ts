import type { HubFileChoice } from '@/api/generated'
import type { HubName } from '../hubs'

/** What was typed as a file at a hub: an address, or the id of a version at the hub that goes with it. */
export function choiceOf(typed: string, hub: HubName): HubFileChoice {
  const text = typed.trim()
  return isAddress(text) ? { url: text } : { hub, version_id: text }
}

export function isAddress(typed: string): boolean {
  return /^https?:\/\//i.test(typed.trim())
}
