import type { Result } from '@/api/generated'
import { Records } from '@/shared/records'

/** The results that lists and the viewer show. */
export const shownResults = new Records<Result>()
