/** Places of the web app that the server names, or nothing where it names something else. */
export function placeOf(link: string): string | null {
  return link.startsWith('/') && !link.startsWith('//') ? link : null
}

/** Where a job is shown: over the list that the server names for it, or over all that ended. */
export function jobPlace(id: string, link: string): string {
  const list = placeOf(link)?.startsWith('/history?') ? link.slice('/history'.length) : '?outcome=all'
  return `/history/${encodeURIComponent(id)}${list}`
}

/** Enough of an id to tell jobs apart. */
export function shortId(id: string): string {
  return id.slice(-6)
}
