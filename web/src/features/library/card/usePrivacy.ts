import { shallowReactive } from 'vue'
import type { Adapter } from '@/api/generated'
import { usePreferences } from '@/shared/preferences'

/** What the user asked to see in spite of the blur; forgotten with the page. */
const revealed = shallowReactive(new Set<string>())

/** Says whose pictures are blurred, and lifts the blur of one. */
export function usePrivacy() {
  const preferences = usePreferences()
  return {
    isBlurred: (adapter: Pick<Adapter, 'id' | 'nsfw_level'>) => {
      const from = preferences.value.nsfw_blur_from
      return from > 0 && adapter.nsfw_level >= from && !revealed.has(adapter.id)
    },
    reveal: (id: string) => {
      revealed.add(id)
    },
  }
}
