/** The ten codes of the server's errors, and "network" for an answer that never came. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'rate_limited'
  | 'internal'
  | 'unavailable'
  | 'storage_full'
  | 'network'

export interface FieldError {
  /** Where the input came from, for example "body.path" or "query.q". */
  location: string
  message: string
}

interface Problem {
  code: ErrorCode
  detail: string
  errors: FieldError[]
  requestId: string | null
  /** Seconds until it may be tried again, where the server says so. */
  retryAfter?: number
}

/** A request that failed. `detail` is a sentence for the user, written by the server. */
export class ApiError extends Error {
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly errors: FieldError[]
  readonly requestId: string | null
  readonly retryAfter: number | undefined

  constructor(status: number, problem: Problem) {
    super(problem.detail || problem.code)
    this.name = 'ApiError'
    this.status = status
    this.code = problem.code
    this.detail = problem.detail
    this.errors = problem.errors
    this.requestId = problem.requestId
    this.retryAfter = problem.retryAfter
  }

  /** The server's sentence about one field of the request body, if it has one. */
  fieldError(field: string): string | undefined {
    return this.errors.find((error) => error.location === `body.${field}`)?.message
  }
}

/** True for a request that the app itself gave up; such an end is never an error to show. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

const codeOfStatus: Record<number, ErrorCode> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  422: 'invalid',
  429: 'rate_limited',
  503: 'unavailable',
  507: 'storage_full',
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return []
  return value
    .filter(isRecord)
    .map(({ location, message }) => ({ location: String(location), message: String(message) }))
}

/** Reads a failed response; a proxy in between may have answered with anything. */
export async function readProblem(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const problem = isRecord(body) ? body : {}
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10)
  const text = (key: string) => (typeof problem[key] === 'string' ? problem[key] : '')
  return new ApiError(response.status, {
    code: (text('code') || codeOfStatus[response.status] || 'internal') as ErrorCode,
    detail: text('detail'),
    errors: fieldErrors(problem.errors),
    requestId: text('request_id') || response.headers.get('X-Request-ID'),
    retryAfter: retryAfter > 0 ? retryAfter : undefined,
  })
}
