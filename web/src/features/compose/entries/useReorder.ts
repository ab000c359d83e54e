import { computed, onScopeDispose, ref, type Ref } from 'vue'
import { moveEntry, type Entry } from '../bench/entries'

interface Reorder {
  /** The element whose children are the rows, in their order. */
  list: Ref<HTMLElement | null>
  entries: Ref<Entry[]>
  move: (from: number, to: number) => void
}

/** How near to the edge of the window the page begins to scroll, and by how much at a time, in px. */
const edge = 90
const scrollStep = 14

/** The place a row goes to when its middle is at `y`, given the middles of all rows as they lay at first. */
export function placeFor(y: number, from: number, middles: readonly number[]): number {
  return middles.filter((middle, index) => index !== from && middle < y).length
}

/** Lets rows be dragged by a handle; the new order counts once the row is let go. */
export function useReorder({ list, entries, move }: Reorder) {
  const dragged = ref<{ key: string; from: number; to: number } | null>(null)
  let middles: number[] = []
  let grabbedAt = 0
  let release: () => void = () => undefined

  function end(isDropped: boolean): void {
    release()
    const drag = dragged.value
    dragged.value = null
    if (isDropped && drag && drag.to !== drag.from) move(drag.from, drag.to)
  }

  function onMove(event: PointerEvent): void {
    const drag = dragged.value
    if (!drag) return
    if (event.clientY < edge) window.scrollBy(0, -scrollStep)
    else if (event.clientY > window.innerHeight - edge) window.scrollBy(0, scrollStep)
    const middle = middles[drag.from] ?? 0
    const to = placeFor(middle + event.pageY - grabbedAt, drag.from, middles)
    if (to !== drag.to) dragged.value = { ...drag, to }
  }

  function onKeydown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return
    event.preventDefault()
    end(false)
  }

  /** Begins a drag; call it when a handle is pressed. */
  function grab(event: PointerEvent, key: string): void {
    if (event.button !== 0 || !list.value) return
    event.preventDefault()
    const from = entries.value.findIndex((entry) => entry.key === key)
    middles = [...list.value.children].map((row) => {
      const { top, height } = row.getBoundingClientRect()
      return top + window.scrollY + height / 2
    })
    grabbedAt = event.pageY
    dragged.value = { key, from, to: from }
    const drop = () => {
      end(true)
    }
    const giveUp = () => {
      end(false)
    }
    window.addEventListener('pointermove', onMove)
    window.addEventListener('pointerup', drop)
    window.addEventListener('pointercancel', giveUp)
    window.addEventListener('keydown', onKeydown, { capture: true })
    release = () => {
      window.removeEventListener('pointermove', onMove)
      window.removeEventListener('pointerup', drop)
      window.removeEventListener('pointercancel', giveUp)
      window.removeEventListener('keydown', onKeydown, { capture: true })
      release = () => undefined
    }
  }

  onScopeDispose(() => {
    release()
  })
  return {
    grab,
    draggedKey: computed(() => dragged.value?.key ?? null),
    /** The entries as they would be if the row were let go now. */
    shown: computed(() =>
      dragged.value ? moveEntry(entries.value, dragged.value.from, dragged.value.to) : entries.value,
    ),
  }
}
