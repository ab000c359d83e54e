export type View = 'grid' | 'list'
export type CardSize = 'small' | 'medium' | 'large'

export interface Layout {
  columns: number
  /** Height of a row with the gap below it, in px. */
  rowHeight: number
  gap: number
}

const cardWidths: Record<CardSize, number> = { small: 150, medium: 200, large: 270 }
/** What stands below the picture of a card, in px. */
const cardFooter = 100
/** Height of a card's picture over its width. */
const pictureRatio = 4 / 3

/** How many columns of which height fit into a width. */
export function layoutFor(width: number, view: View, size: CardSize, compact: boolean): Layout {
  if (view === 'list') return { columns: 1, rowHeight: compact ? 56 : 72, gap: 0 }
  const gap = width < 640 ? 12 : 16
  const columns = Math.max(width < 300 ? 1 : 2, Math.floor((width + gap) / (cardWidths[size] + gap)))
  const cardWidth = (width - gap * (columns - 1)) / columns
  return { columns, rowHeight: Math.round(cardWidth * pictureRatio) + cardFooter + gap, gap }
}

/**
 * The tallest element we make. Firefox draws nothing in elements beyond about
 * 17 million px, Chrome beyond 33 million.
 */
export const maxScrollHeight = 15_000_000

export interface ScrollScale {
  /** Height of the element that scrolls, in px. */
  height: number
  /** Where in the content a scroll position lies. */
  toContent: (scrollTop: number) => number
  /** Which scroll position shows a place in the content. */
  toScroll: (offset: number) => number
}

/** Squeezes content that is taller than an element may be into one that is not; both ends stay reachable. */
export function scrollScale(contentHeight: number, viewportHeight: number): ScrollScale {
  if (contentHeight <= maxScrollHeight) {
    return { height: contentHeight, toContent: (top) => top, toScroll: (offset) => offset }
  }
  const ratio = (contentHeight - viewportHeight) / (maxScrollHeight - viewportHeight)
  return {
    height: maxScrollHeight,
    toContent: (top) => top * ratio,
    toScroll: (offset) => offset / ratio,
  }
}
