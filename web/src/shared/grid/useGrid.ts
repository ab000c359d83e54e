import { computed, nextTick, ref, type Ref, watch } from 'vue'
import { move } from './moves'
import { type Layout, useRows } from './useRows'

interface Grid {
  container: Ref<HTMLElement | null>
  /** How many items there are; null before that is known. */
  count: Ref<number | null>
  layoutFor: (width: number) => Layout
  /** The item the keyboard is on. */
  current: Ref<number>
  open: (index: number) => void
  select: (index: number, event: KeyboardEvent) => void
  /** Selects from one item to another, as Shift with an arrow does. */
  extend: (to: number, from: number) => void
  selectAll: () => void
}

/** How many empty cells stand for a list that is not there yet. */
const placeholders = 24

/** A long grid of items with its keyboard: cells near the window, one of which has the focus. */
export function useGrid({ container, count, layoutFor, current, ...grid }: Grid) {
  const hasFocus = ref(false)
  const cells = computed(() => count.value ?? placeholders)
  const rows = useRows({ container, count: cells, layoutFor, current })
  const { layout, rowsOnScreen, showRow, scrollByRows } = rows

  // On the way back the router scrolls before the list is as tall as it was.
  let leftAt = (history.state as { scroll?: { top: number } | null } | null)?.scroll?.top ?? 0
  watch(
    rows.height,
    () => {
      if (count.value === null || rows.height.value === 0) return
      if (leftAt > 0) window.scrollTo({ top: leftAt })
      leftAt = 0
    },
    { immediate: true, flush: 'post' },
  )
  watch(count, (now) => {
    if (now !== null && current.value >= now) current.value = Math.max(0, now - 1)
  })

  function cellsOf(row: number): number[] {
    const first = row * layout.value.columns
    const length = Math.min(layout.value.columns, cells.value - first)
    return Array.from({ length: Math.max(0, length) }, (_, cell) => first + cell)
  }

  /** Puts the keyboard on an item, bringing it onto the screen. */
  async function focusOn(index: number) {
    current.value = index
    showRow(Math.floor(index / layout.value.columns))
    await nextTick()
    container.value
      ?.querySelector<HTMLElement>(`[data-index="${String(index)}"]`)
      ?.focus({ preventScroll: true })
  }

  /** Follows a key that moves; false for any other key. */
  function step(key: string, withControl = false, extend = false): boolean {
    const shape = { count: count.value ?? 0, columns: layout.value.columns, rows: rowsOnScreen.value }
    const target = move(key, current.value, shape, withControl)
    if (target === null) return false
    // The first press only shows where the keyboard is.
    const to = hasFocus.value ? target : current.value
    if (extend) grid.extend(to, current.value)
    void focusOn(to)
    return true
  }

  function onKeydown(event: KeyboardEvent) {
    const isOnCell = event.target instanceof HTMLElement && event.target.dataset.index !== undefined
    const withControl = event.ctrlKey || event.metaKey
    if (withControl && event.key.toLowerCase() === 'a') grid.selectAll()
    else if (isOnCell && event.key === 'Enter' && !withControl) grid.open(current.value)
    else if (isOnCell && event.key === ' ') grid.select(current.value, event)
    else if (event.altKey || !step(event.key, withControl, event.shiftKey && event.key.startsWith('Arrow')))
      return
    event.preventDefault()
  }

  function onFocusin(event: FocusEvent) {
    hasFocus.value = true
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null
    if (cell) current.value = Number(cell.dataset.index)
  }

  return {
    ...rows,
    cells,
    cellsOf,
    hasFocus,
    step,
    focusOn,
    /** Keeps looking at the same items after the list has moved by some places. */
    followBy: (places: number) => {
      const byRows = Math.trunc(places / layout.value.columns)
      if (byRows !== 0) scrollByRows(byRows)
      current.value = Math.max(0, current.value + places)
    },
    /** For the element that contains the cells. */
    listeners: {
      keydown: onKeydown,
      focusin: onFocusin,
      focusout: () => {
        hasFocus.value = false
      },
    },
  }
}
