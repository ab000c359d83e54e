import { type MaybeComputedElementRef, unrefElement } from '@vueuse/core'
import { nextTick, watch, type WatchSource } from 'vue'

/**
 * Leads the keyboard to the start of a list when what it stood on goes with its row.
 * The start must be able to take the focus.
 */
export function useFocusKept(start: MaybeComputedElementRef<HTMLElement | null>, rows: WatchSource): void {
  // Before the rows are drawn anew, while the focus is still where it was.
  watch(rows, async () => {
    if (!unrefElement(start)?.contains(document.activeElement)) return
    await nextTick()
    const { activeElement } = document
    if (!activeElement || activeElement === document.body) unrefElement(start)?.focus({ preventScroll: true })
  })
}
