import { nextTick, watch } from 'vue'
import { useRoute } from 'vue-router'

/** Brings the part of the page that the address names into view, once it is drawn and whenever it changes. */
export function useAnchor(isDrawn: () => boolean): void {
  const route = useRoute()
  watch(
    [isDrawn, () => route.hash],
    async ([drawn, hash]) => {
      if (!drawn || !hash) return
      await nextTick()
      const part = document.getElementById(decodeURIComponent(hash.slice(1)))
      if (!part) return
      part.scrollIntoView({ block: 'start' })
      // Tab goes on from here, as after a link of the browser's own.
      part.tabIndex = -1
      part.focus({ preventScroll: true })
    },
    { immediate: true },
  )
}
