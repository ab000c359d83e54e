import { createEventHook } from '@vueuse/core'
import { onScopeDispose } from 'vue'

const tuned = createEventHook<undefined>()

/** Tells that the reader has just changed what recommendations go by, and wants to see what comes of it. */
export function announceTuned(): void {
  void tuned.trigger(undefined)
}

/** Runs when that happens, for as long as the calling component or scope lives. */
export function onTuned(run: () => void): void {
  tuned.on(run)
  onScopeDispose(() => {
    tuned.off(run)
  })
}
