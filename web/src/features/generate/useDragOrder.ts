import { onScopeDispose, ref, type Ref } from 'vue'

/** The place in a list, from 0, at which something dropped at the height `y` comes to stand without itself. */
export function placeAt(y: number, rows: readonly { top: number; height: number }[], from: number): number {
  const others = rows.filter((_, index) => index !== from)
  const after = others.findIndex(({ top, height }) => y < top + height / 2)
  return after < 0 ? others.length : after
}

/** Lets the rows of a list be dragged to another place, by mouse, pen or finger. */
export function useDragOrder(
  list: Readonly<Ref<HTMLElement | null>>,
  onDrop: (from: number, to: number) => void,
) {
  const from = ref<number | null>(null)
  const to = ref<number | null>(null)
  let stop: (() => void) | undefined

  function grab(event: PointerEvent, index: number): void {
    if (event.button !== 0 || !list.value) return
    stop?.()
    from.value = to.value = index
    const rows = list.value.children
    const follow = (move: PointerEvent) => {
      const boxes = Array.from(rows, (row) => row.getBoundingClientRect())
      to.value = placeAt(move.clientY, boxes, index)
    }
    const drop = () => {
      const target = to.value
      stop?.()
      if (target !== null && target !== index) onDrop(index, target)
    }
    const leave = (key: KeyboardEvent) => {
      if (key.key === 'Escape') stop?.()
    }
    stop = () => {
      window.removeEventListener('pointermove', follow)
      window.removeEventListener('pointerup', drop)
      window.removeEventListener('pointercancel', cancel)
      window.removeEventListener('keydown', leave)
      from.value = to.value = null
      stop = undefined
    }
    const cancel = () => stop?.()
    window.addEventListener('pointermove', follow)
    window.addEventListener('pointerup', drop)
    window.addEventListener('pointercancel', cancel)
    window.addEventListener('keydown', leave)
  }
  onScopeDispose(() => stop?.())

  return { grab, from, to }
}
