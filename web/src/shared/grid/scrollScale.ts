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
