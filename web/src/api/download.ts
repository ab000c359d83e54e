import { serverUrl } from './base'
import { apiFetch } from './fetch'
import { ApiError, isAbort } from './problem'

/** A file the server made. */
export interface Download {
  name: string
  blob: Blob
}

/**
 * Asks for a file. The generated client would read it as JSON; a file can have
 * hundreds of megabytes, and the browser keeps a blob wherever it likes.
 */
export async function download<Data extends { url: string; body: unknown }>(
  url: Data['url'],
  body: Data['body'],
  signal: AbortSignal,
): Promise<Download> {
  return receive(
    new Request(serverUrl(url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    }),
  )
}

/** Asks for a file that needs no more than an address; what is undefined is left out of it. */
export async function downloadFrom<Data extends { url: string; query?: object }>(
  url: Data['url'],
  query: NonNullable<Data['query']>,
  signal: AbortSignal,
): Promise<Download> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given.map(([key, value]) => [key, String(value)]))
  return receive(new Request(`${serverUrl(url)}?${search}`, { signal }))
}

async function receive(request: Request): Promise<Download> {
  const response = await apiFetch(request)
  const name = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1]
  try {
    return { name: name ?? 'download', blob: await response.blob() }
  } catch (error) {
    if (isAbort(error) || request.signal.aborted) throw error
    // The server cuts the connection when it cannot go on.
    throw new ApiError(0, { code: 'network', detail: '', errors: [], requestId: null })
  }
}

/** How long, in milliseconds, a browser may take to begin reading a file that was handed to it. */
const handingOver = 60_000

/** Has the browser save a file, as if its reader had clicked on a link to it. */
export function saveFile({ name, blob }: Download): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => {
    URL.revokeObjectURL(link.href)
  }, handingOver)
}
