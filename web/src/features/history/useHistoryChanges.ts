import { useThrottleFn } from '@vueuse/core'
import { onScopeDispose } from 'vue'
import { useLive } from '@/live/useLive'
import { useHistory } from './useHistory'

/** How often the history is read again at most, in milliseconds, however many jobs end. */
const pause = 800

/**
 * Follows what happens to results anywhere: new ones are looked for, changed ones
 * read again. `changed` runs after either, for figures over all results.
 */
export function useHistoryChanges(changed: () => void): void {
  const { results } = useHistory()
  let ids: string[] | null = []
  let isNew = false

  const follow = useThrottleFn(
    async () => {
      const [changedIds, hasNew] = [ids, isNew]
      ids = []
      isNew = false
      changed()
      if (changedIds === null || changedIds.length > 0) await results.refresh(changedIds)
      if (hasNew) await results.lookForNew()
    },
    pause,
    true,
    true,
  )

  function note(more: readonly string[] | null): void {
    ids = ids && more && [...ids, ...more]
    void follow()
  }

  useLive({
    results_changed: ({ ids: changedIds, reason }) => {
      if (reason === 'added') isNew = true
      note(reason === 'added' ? [] : changedIds)
    },
    generation_complete: () => {
      isNew = true
      note([])
    },
    resync: () => {
      isNew = true
      note(null)
    },
  })
  onScopeDispose(() => {
    ids = []
    isNew = false
  })
}
