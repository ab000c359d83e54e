import { listHistory, listResults, type Result } from '@/api/generated'
import { pageSize } from '@/shared/grid/pages'
import type { HistoryQuery } from '../query/historyQuery'

export interface CursorPage {
  results: Result[]
  /** null on the last page. */
  next_cursor: string | null
}

/** The two ways to a page of the history. */
export interface ReadResults {
  /** A page behind a cursor, or the first one. */
  after: (query: HistoryQuery, cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage>
  /** A page in the middle, for a reader who jumps there. */
  at: (query: HistoryQuery, offset: number, signal: AbortSignal) => Promise<Result[]>
}

export const readFromServer: ReadResults = {
  after: (query, after, signal) => listHistory({ query: { ...query, after, limit: pageSize }, signal }),
  at: (query, offset, signal) => listResults({ query: { ...query, offset, limit: pageSize }, signal }),
}
