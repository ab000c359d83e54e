import { onMounted, type Ref } from 'vue'

/**
 * Puts the reader at the start of what has just taken the place of something else: a form
 * that was sent is gone, and the focus with it.
 */
export function useArrival(start: Readonly<Ref<HTMLElement | null>>): void {
  onMounted(() => {
    window.scrollTo({ top: 0 })
    start.value?.focus({ preventScroll: true })
  })
}
