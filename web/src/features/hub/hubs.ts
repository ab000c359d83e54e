import type { HubIgnore } from '@/api/generated'

export type HubName = HubIgnore['hub']

const names: readonly string[] = ['civitai', 'civarchive', 'huggingface'] satisfies HubName[]

export function isHubName(name: string): name is HubName {
  return names.includes(name)
}

/** True for an address that is safe to open: the text comes from strangers. */
export function isSafeLink(address: string): boolean {
  return URL.canParse(address) && new URL(address).protocol === 'https:'
}

/** Where an adapter's page is. */
export function addressOf(adapterId: string): string {
  return `/library/${encodeURIComponent(adapterId)}`
}
