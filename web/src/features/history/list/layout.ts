import type { Preferences } from '@/shared/preferences'
import type { Layout } from '@/shared/grid/useRows'

const widths: Record<Preferences['card_size'], number> = { small: 140, medium: 190, large: 260 }
/** What stands below the picture of a card, in px. */
const footer = 62

/** How many square pictures of which size fit into a width. */
export function layoutFor(width: number, size: Preferences['card_size']): Layout {
  const gap = width < 640 ? 8 : 12
  const columns = Math.max(width < 300 ? 1 : 2, Math.floor((width + gap) / (widths[size] + gap)))
  const cardWidth = (width - gap * (columns - 1)) / columns
  return { columns, rowHeight: Math.round(cardWidth) + footer + gap, gap }
}
