export interface GridShape {
  count: number
  columns: number
  /** Whole rows that fit on the screen. */
  rows: number
}

const letters: Record<string, string> = { h: 'ArrowLeft', j: 'ArrowDown', k: 'ArrowUp', l: 'ArrowRight' }

/**
 * Where a key moves the focus from a place in the grid; null when the key does
 * not move. Up and down stay in their column, a row that is too short takes the
 * last card.
 */
export function move(key: string, from: number, shape: GridShape, withControl = false): number | null {
  const { count, columns, rows } = shape
  if (count === 0) return null
  const last = count - 1
  const row = from - (from % columns)
  switch (letters[key] ?? key) {
    case 'ArrowLeft':
      return Math.max(0, from - 1)
    case 'ArrowRight':
      return Math.min(last, from + 1)
    case 'ArrowUp':
      return from - columns >= 0 ? from - columns : from
    case 'ArrowDown':
      return down(from, 1, shape)
    case 'PageUp':
      return from - columns * rows >= 0 ? from - columns * rows : from % columns
    case 'PageDown':
      return down(from, rows, shape)
    case 'Home':
      return withControl || columns === 1 ? 0 : row
    case 'End':
      return withControl || columns === 1 ? last : Math.min(last, row + columns - 1)
    default:
      return null
  }
}

function down(from: number, rows: number, { count, columns }: GridShape): number {
  const last = count - 1
  const to = from + columns * rows
  if (to <= last) return to
  const onLastRow = Math.floor(from / columns) === Math.floor(last / columns)
  if (onLastRow) return from
  const lastRowStart = last - (last % columns)
  return Math.min(last, lastRowStart + (from % columns))
}
