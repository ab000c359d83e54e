/** What of the server's answers a browser may keep, and for how many of them there is room. */
export const kinds = {
  /** Lists of adapters, their pages and what the library's page needs around them. */
  facts: {
    paths:
      /^api\/v1\/(adapters(\/facets|\/[0-9a-f-]{36}(\/digests|\/inspect)?)?|base-models|roots|searches)$/,
    most: 500,
  },
  /** Thumbnails of adapters. */
  pictures: { paths: /^api\/v1\/adapters\/[0-9a-f-]{36}\/preview$/, most: 2_000 },
} as const

export type Kind = keyof typeof kinds

/**
 * Says as what an answer may be kept; nothing is kept of accounts, of logins, of
 * settings and of anything not named above. `path` is relative to the app's.
 */
export function kindOf(path: string): Kind | undefined {
  return (Object.keys(kinds) as Kind[]).find((kind) => kinds[kind].paths.test(path))
}

/** Marks an answer that comes from this browser and not from the server. */
export const keptHeader = 'X-Kept'

/** What the page tells the worker. */
export type Message =
  /** Whose browser it is now; null for nobody's. What was kept for others goes. */
  | { type: 'account'; account: string | null }
  /** What the page read before the worker was there. */
  | { type: 'remember'; urls: string[] }
  /** Is this script part of your version? Answered with a boolean over the port. */
  | { type: 'holds'; url: string }
  /** The reader wants the new version. */
  | { type: 'take-over' }
