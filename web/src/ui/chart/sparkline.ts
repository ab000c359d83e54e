/** A point in a box of the given size, counted from its upper left corner. */
export interface Point {
  x: number
  y: number
}

/**
 * Lays values out from left to right, upwards from 0. What was not measured
 * leaves a gap: every unbroken stretch is a line of its own.
 */
export function stretches(values: readonly (number | null)[], width: number, height: number): Point[][] {
  const known = values.filter((value) => value !== null)
  const low = Math.min(0, ...known)
  const high = Math.max(...known)
  const step = values.length > 1 ? width / (values.length - 1) : 0
  const found: Point[][] = []
  let open: Point[] | null = null
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = null
      continue
    }
    if (!open) found.push((open = []))
    const share = high > low ? (value - low) / (high - low) : 0
    open.push({ x: index * step, y: height - share * height })
  }
  return found
}

const dash = 'h0.01'

/** Writes a stretch as the path of an SVG; a single point becomes a dash too short to have a direction. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  const start = `M${round(first.x)} ${round(first.y)}`
  if (rest.length === 0) return start + dash
  return start + rest.map(({ x, y }) => `L${round(x)} ${round(y)}`).join('')
}

/** True for the path of a single point, which needs a thicker line to be seen. */
export function isDot(path: string): boolean {
  return path.endsWith(dash)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
