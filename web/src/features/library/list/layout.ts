import type { Layout } from '@/shared/grid/useRows'

export type View = 'grid' | 'list'
export type CardSize = 'small' | 'medium' | 'large'

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
