import { createGlobalState, useEventListener } from '@vueuse/core'
import { onScopeDispose, readonly, ref } from 'vue'

/** From this speed on, in px per ms, a card is gone before its picture could be seen. */
const hurry = 3
/** How long, in ms, nothing must scroll before the page is at rest. */
const rest = 120

/** Whether the page flies past faster than anyone can look at pictures. */
export const useHurry = createGlobalState(() => {
  const isHurrying = ref(false)
  let lastTop = window.scrollY
  let lastAt = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  useEventListener(
    window,
    'scroll',
    () => {
      const [top, now] = [window.scrollY, performance.now()]
      isHurrying.value = Math.abs(top - lastTop) / Math.max(1, now - lastAt) > hurry
      lastTop = top
      lastAt = now
      clearTimeout(timer)
      timer = setTimeout(() => {
        isHurrying.value = false
      }, rest)
    },
    { passive: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
  })
  return readonly(isHurrying)
})
