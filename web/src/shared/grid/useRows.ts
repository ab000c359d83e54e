import {
  defaultRangeExtractor,
  observeWindowOffset,
  type Range,
  useWindowVirtualizer,
  windowScroll,
} from '@tanstack/vue-virtual'
import { useElementSize, useResizeObserver, useWindowSize } from '@vueuse/core'
import { computed, ref, type Ref, watch } from 'vue'
import { scrollScale } from './scrollScale'

/** How the cells of a long list are laid out. */
export interface Layout {
  columns: number
  /** Height of a row with the gap below it, in px. */
  rowHeight: number
  gap: number
}

/** What sticks to the top of the window, in px: a row is not shown under it. */
const topBar = 56
/** Room for the bar of a selection at the bottom. */
const bottomBar = 88

interface Rows {
  container: Ref<HTMLElement | null>
  count: Ref<number>
  layoutFor: (width: number) => Layout
  /** The card the keyboard is on: its row stays even when it is scrolled away. */
  current: Ref<number>
}

/** Draws what is near the window, and one row more wherever it is. */
function keeping(kept: number) {
  return {
    rangeExtractor: (range: Range) => {
      const near = defaultRangeExtractor(range)
      if (near.includes(kept) || kept >= range.count) return near
      return [...near, kept].sort((a, b) => a - b)
    },
  }
}

/**
 * The rows of a long list that are near the window, with where to draw each. The
 * page itself scrolls. A list taller than a browser can draw is squeezed into
 * one that it can.
 */
export function useRows({ container, count, layoutFor, current }: Rows) {
  const { width } = useElementSize(container)
  const { height: viewport } = useWindowSize()
  const margin = ref(0)
  const layout = computed(() => layoutFor(width.value))
  const rows = computed(() => (width.value === 0 ? 0 : Math.ceil(count.value / layout.value.columns)))
  const kept = computed(() => Math.floor(current.value / layout.value.columns))
  const scale = computed(() => scrollScale(rows.value * layout.value.rowHeight, viewport.value))

  // Whatever appears above the list makes the body taller.
  useResizeObserver(document.body, () => {
    const top = container.value?.getBoundingClientRect().top
    if (top !== undefined) margin.value = Math.round(top + window.scrollY)
  })

  const toContent = (y: number) =>
    y <= margin.value ? y : margin.value + scale.value.toContent(y - margin.value)
  const toScroll = (y: number) =>
    y <= margin.value ? y : margin.value + scale.value.toScroll(y - margin.value)

  const virtualizer = useWindowVirtualizer<HTMLElement>(
    computed(() => ({
      ...keeping(kept.value),
      count: rows.value,
      estimateSize: () => layout.value.rowHeight,
      overscan: 3,
      scrollMargin: margin.value,
      scrollPaddingStart: topBar,
      scrollPaddingEnd: bottomBar,
      observeElementOffset: (instance, changed) =>
        observeWindowOffset(instance, (offset, isScrolling) => {
          changed(toContent(offset), isScrolling)
        }),
      scrollToFn: (offset, options, instance) => {
        windowScroll(toScroll(offset + (options.adjustments ?? 0)), { behavior: options.behavior }, instance)
      },
    })),
  )
  watch([() => layout.value.rowHeight, margin], () => {
    virtualizer.value.measure()
  })

  /** By how much content and scroll position differ where the reader is. */
  const shift = computed(() => {
    const offset = Math.max(0, (virtualizer.value.scrollOffset ?? 0) - margin.value)
    return offset - scale.value.toScroll(offset)
  })
  const visible = computed(() =>
    virtualizer.value.getVirtualItems().map(({ index, start }) => ({
      index,
      top: start - margin.value - shift.value,
    })),
  )
  /** The first and last row on the screen or just beside it. */
  const range = computed(() => {
    const near = visible.value.filter((row) => row.index !== kept.value || isOnScreen(row.top))
    return { first: near[0]?.index ?? 0, last: near.at(-1)?.index ?? -1 }
  })

  function isOnScreen(top: number): boolean {
    const offset = (virtualizer.value.scrollOffset ?? 0) - margin.value - shift.value
    return top > offset - 2 * viewport.value && top < offset + 3 * viewport.value
  }

  return {
    layout,
    visible,
    range,
    height: computed(() => scale.value.height),
    /** Whole rows that fit on the screen. */
    rowsOnScreen: computed(() =>
      Math.max(1, Math.floor((viewport.value - topBar - bottomBar) / layout.value.rowHeight)),
    ),
    /** Scrolls as little as it takes to show a row. */
    showRow: (row: number) => {
      virtualizer.value.scrollToIndex(row, { align: 'auto' })
    },
    scrollByRows: (by: number) => {
      window.scrollBy({ top: toScrollDistance(by * layout.value.rowHeight), behavior: 'instant' })
    },
  }

  function toScrollDistance(distance: number): number {
    const offset = Math.max(0, (virtualizer.value.scrollOffset ?? 0) - margin.value)
    return scale.value.toScroll(offset + distance) - scale.value.toScroll(offset)
  }
}
