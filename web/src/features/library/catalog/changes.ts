import { createEventHook, useThrottleFn } from '@vueuse/core'
import { onScopeDispose } from 'vue'
import { useLive } from '@/live/useLive'
import { useKeptEdits } from '@/offline/edits'

const here = createEventHook<undefined>()

/** Tells everything on the page that this app has just changed the catalog. */
export function announceChange(): void {
  void here.trigger(undefined)
}

/**
 * Runs when adapters changed, wherever that happened: here, in another tab, by a
 * scan. A scan changes things many times a second; the reader need not see more
 * than one change every `milliseconds`.
 */
export function useChanges(run: () => void, milliseconds = 600): void {
  const calmly = useThrottleFn(run, milliseconds, true, true)
  const listener = () => void calmly()
  useLive({ adapters_changed: listener, resync: listener })
  here.on(listener)
  const { off } = useKeptEdits().onReplayed(listener)
  onScopeDispose(() => {
    here.off(listener)
    off()
  })
}
