import { serverUrl } from './base'
import { apiFetch } from './fetch'
import { ApiError, readProblem } from './problem'

/** Where files are sent to, over the tus protocol: one that broke off goes on where it stopped. */
const address = '/api/v1/uploads/transfer'
const version = { 'Tus-Resumable': '1.0.0' }

const encoded = (text: string) => {
  const bytes = new TextEncoder().encode(text)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
const addressOf = (id: string) => serverUrl(`${address}/${encodeURIComponent(id)}`)

/** Reads an answer to its end: one that is left lying counts as given up. */
async function answered(url: string, init: RequestInit): Promise<Response> {
  const response = await apiFetch(url, init)
  await response.arrayBuffer()
  return response
}

/** Enters a file that will be sent and returns its id. `path` has the folders it was chosen with. */
export async function beginUpload(path: string, size: number, signal: AbortSignal): Promise<string> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const response = await answered(serverUrl(address), {
    method: 'POST',
    headers: {
      ...version,
      'Upload-Length': String(size),
      'Upload-Metadata': `filename ${encoded(name)},relativePath ${encoded(path)}`,
    },
    signal,
  })
  const id = /\/([^/]+)$/.exec(response.headers.get('Location') ?? '')?.[1]
  if (!id) throw new ApiError(response.status, { code: 'internal', detail: '', errors: [], requestId: null })
  return decodeURIComponent(id)
}

/** How many bytes of an upload are safe with the server. */
export async function uploadOffset(id: string, signal?: AbortSignal): Promise<number> {
  const response = await answered(addressOf(id), { method: 'HEAD', headers: version, signal })
  return Number(response.headers.get('Upload-Offset') ?? 0)
}

/** Has the server forget an upload and what arrived of it. */
export async function dropUpload(id: string): Promise<void> {
  await answered(addressOf(id), { method: 'DELETE', headers: version })
}

/**
 * Sends the next bytes of an upload and returns where it goes on. Only this kind of
 * request tells how far it is while it is sent.
 */
export function sendUpload(
  id: string,
  offset: number,
  content: Blob,
  signal: AbortSignal,
  onSent: (bytes: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(givenUp())
      return
    }
    const request = new XMLHttpRequest()
    const abort = () => {
      request.abort()
      reject(givenUp())
    }
    signal.addEventListener('abort', abort, { once: true })
    request.upload.onprogress = ({ loaded }) => {
      onSent(loaded)
    }
    request.onerror = () => {
      reject(new ApiError(0, { code: 'network', detail: '', errors: [], requestId: null }))
    }
    request.onload = () => {
      const { status } = request
      if (status === 204) resolve(Number(request.getResponseHeader('Upload-Offset') ?? offset + content.size))
      else void readProblem(answerOf(request)).then(reject)
    }
    request.onloadend = () => {
      signal.removeEventListener('abort', abort)
    }
    request.open('PATCH', addressOf(id))
    const headers = {
      ...version,
      'Upload-Offset': String(offset),
      'Content-Type': 'application/offset+octet-stream',
    }
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.send(content)
  })
}

function givenUp(): DOMException {
  return new DOMException('The upload was given up.', 'AbortError')
}

function answerOf(request: XMLHttpRequest): Response {
  const status = Math.max(200, request.status)
  return new Response(request.responseText, {
    status,
    headers: { 'X-Request-ID': request.getResponseHeader('X-Request-ID') ?? '' },
  })
}
