import { ApiError } from '@/api/problem'

/** True when the server knows nothing of what was asked for, so that asking again is in vain. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'not_found'
}
