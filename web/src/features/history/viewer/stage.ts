/** How a picture lies on the stage: scaled about its middle, then moved, in px of the screen. */
export interface Placement {
  scale: number
  x: number
  y: number
}

export interface Size {
  width: number
  height: number
}

export const fitted: Placement = { scale: 1, x: 0, y: 0 }
export const largest = 12

/** The size at which a picture fits onto the stage; never larger than it is. */
export function fitInto(stage: Size, picture: Size): Size {
  if (picture.width === 0 || picture.height === 0) return { width: 0, height: 0 }
  const ratio = Math.min(1, stage.width / picture.width, stage.height / picture.height)
  return { width: picture.width * ratio, height: picture.height * ratio }
}

/** Scales by a factor so that the point of the picture under the pointer stays there. */
export function zoomAt(placement: Placement, factor: number, pointer: { x: number; y: number }): Placement {
  const scale = Math.min(largest, Math.max(1, placement.scale * factor))
  const ratio = scale / placement.scale
  return {
    scale,
    x: pointer.x - (pointer.x - placement.x) * ratio,
    y: pointer.y - (pointer.y - placement.y) * ratio,
  }
}

/** Keeps a picture from being pushed off the stage: a side that fits stays in the middle. */
export function keepOnStage({ scale, x, y }: Placement, stage: Size, shown: Size): Placement {
  const reach = (stageLength: number, length: number) => Math.max(0, (length * scale - stageLength) / 2)
  const clamp = (value: number, most: number) => Math.min(most, Math.max(-most, value)) + 0
  return {
    scale,
    x: clamp(x, reach(stage.width, shown.width)),
    y: clamp(y, reach(stage.height, shown.height)),
  }
}

/** The shortest way of a finger, in px, that is meant as a swipe. */
const shortest = 48

/** What a finger that went some way asks for. */
export function swipeOf(dx: number, dy: number): 'next' | 'previous' | 'close' | null {
  if (Math.abs(dx) >= shortest && Math.abs(dx) > 1.5 * Math.abs(dy)) return dx < 0 ? 'next' : 'previous'
  return dy >= 2 * shortest && dy > 1.5 * Math.abs(dx) ? 'close' : null
}
