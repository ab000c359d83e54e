import { useMutationObserver } from '@vueuse/core'
import { shallowRef } from 'vue'

/** The colours of the theme that is on, as a canvas needs them; `colorOf` is renewed with the theme. */
export function useCanvasColors() {
  const colorOf = shallowRef(reader())
  useMutationObserver(
    document.documentElement,
    () => {
      colorOf.value = reader()
    },
    { attributes: true, attributeFilter: ['class'] },
  )
  return colorOf
}

/** Asks the browser what a colour of theme.css is now: a canvas does not know its variables. */
function reader(): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const color = known.get(name) ?? resolve(name)
    known.set(name, color)
    return color
  }
}

function resolve(name: string): string {
  const probe = document.createElement('span')
  probe.hidden = true
  probe.style.color = `var(--color-${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
