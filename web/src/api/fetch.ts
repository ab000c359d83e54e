import { ApiError, isAbort, readProblem } from './problem'
import { askServer, noteAnswer } from './reach'

const retryDelays = [300, 1_000]
const retryStatuses = new Set([502, 503, 504])

/** Fires "unauthorized" when the server wants a key that this browser has not given. */
export const session = new EventTarget()

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(new DOMException('The request was given up.', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', abort, { once: true })
  })
}

async function attempt(request: Request): Promise<Response> {
  try {
    const response = await fetch(request.clone())
    noteAnswer(response)
    return response
  } catch (error) {
    if (isAbort(error) || request.signal.aborted) throw error
    void askServer()
    throw new ApiError(0, { code: 'network', detail: '', errors: [], requestId: null })
  }
}

/**
 * Fetches and throws an ApiError unless the answer is a success. Reading is tried
 * again when the network or a gateway failed; nothing else ever is, because
 * a change that arrived twice would be worse than one that has to be repeated by hand.
 */
export async function apiFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  const delays = request.method === 'GET' ? retryDelays : []
  for (let tries = 0; ; tries++) {
    const delay = delays[tries]
    try {
      const response = await attempt(request)
      if (response.ok) return response
      if (delay === undefined || !retryStatuses.has(response.status)) throw await failure(response)
    } catch (error) {
      const isNetwork = error instanceof ApiError && error.code === 'network'
      if (delay === undefined || !isNetwork) throw error
    }
    await wait(delay, request.signal)
  }
}

async function failure(response: Response): Promise<ApiError> {
  const error = await readProblem(response)
  if (error.code === 'unauthorized') session.dispatchEvent(new Event('unauthorized'))
  return error
}
