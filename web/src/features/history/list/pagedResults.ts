import { computed, ref, shallowRef } from 'vue'
import type { Result } from '@/api/generated'
import { pageSize, pagesFor, placesMoved } from '@/shared/grid/pages'
import type { HistoryQuery } from '../query/historyQuery'
import { shownResults } from '../records/results'
import { PageStore } from './pageStore'
import type { CursorPage, ReadResults } from './readResults'

/**
 * The answer to one question as a sparse window: pages that are shown are read,
 * the others forgotten. Who scrolls on is led from page to page by cursors, which
 * cost the same at any depth; who jumps gets the page by its number. Results that
 * are made meanwhile wait above the list until the reader wants them.
 */
export class PagedResults {
  readonly query = shallowRef<HistoryQuery | null>(null)
  readonly error = shallowRef<unknown>(null)
  /** True from a new question to the first part of its answer. */
  readonly isAsking = ref(false)
  /** Grows with every new question that was answered: the list starts at its top. */
  readonly generation = ref(0)
  /** How many results wait above the list; a whole page stands for any more. */
  readonly arrivals = ref(0)
  /** How many results the list has; null before the first answer. */
  readonly count = computed(() => {
    if (this.answered.value === null) return null
    const counted = this.counted.value?.query === this.answered.value ? this.counted.value.total : 0
    return this.pages.end.value ?? Math.max(counted - this.arrivals.value, this.pages.reach.value)
  })

  /** Whether the reader looks at the top of the list, where new results may just appear. */
  isAtTop: () => boolean = () => true
  /** Called with how many places what the reader looks at has moved. */
  onMoved: ((places: number) => void) | null = null

  /** What is at hand. */
  readonly pages = new PageStore()
  /** The question that the list answers. */
  private readonly answered = shallowRef<HistoryQuery | null>(null)
  private readonly counted = shallowRef<{ query: HistoryQuery; total: number } | null>(null)
  private readonly requests = new Map<number, AbortController>()
  private readonly read: ReadResults
  /** The first results as the list shows them, by which new ones are told. */
  private head = new Set<string>()
  private wanted: number[] = []
  private first = 0
  /** Which way the reader moves. */
  private ahead: -1 | 0 | 1 = 0
  /** True when something changed while the answer to a new question was on its way. */
  private isOutdated = false
  private asking = new AbortController()
  private refreshing = new AbortController()

  constructor(read: ReadResults) {
    this.read = read
  }

  idAt(index: number): string | undefined {
    return this.pages.idAt(index)
  }

  resultAt(index: number): Result | undefined {
    const id = this.pages.idAt(index)
    return id === undefined ? undefined : shownResults.of(id)
  }

  /** Takes over how many results were counted for a question. */
  setTotal(query: HistoryQuery, total: number): void {
    this.counted.value = { query, total }
  }

  /** Asks a new question; what was shown stays until its answer comes. */
  async ask(query: HistoryQuery): Promise<void> {
    this.asking.abort()
    this.giveUp()
    this.query.value = query
    this.error.value = null
    this.isOutdated = false
    this.isAsking.value = true
    const { signal } = (this.asking = new AbortController())
    try {
      const answer = await this.read.after(query, undefined, signal)
      if (signal.aborted) return
      this.wanted = []
      this.first = 0
      this.ahead = 0
      this.pages.forgetFrom(0)
      this.putFirst(answer)
      this.answered.value = query
      this.generation.value++
    } catch (error) {
      if (signal.aborted) return
      this.error.value = error
    }
    this.isAsking.value = false
    this.catchUp()
  }

  private catchUp(): void {
    if (this.isOutdated) void this.refresh(null)
  }

  /** Tells which places are on the screen, so that their pages are read. */
  show(first: number, last: number): void {
    // A reader who pauses is likely to go on the same way: what lies ahead stays wanted.
    if (first !== this.first) this.ahead = first > this.first ? 1 : -1
    this.first = first
    this.wanted = pagesFor(first, last, this.count.value ?? 0, this.ahead)
    this.pages.touch(this.wanted)
    for (const [page, request] of this.requests) {
      if (this.wanted.includes(page)) continue
      request.abort()
      this.requests.delete(page)
    }
    this.fetchWanted()
  }

  private fetchWanted(): void {
    if (!this.isAsking.value) for (const page of this.wanted) void this.fetchPage(page)
  }

  private async fetchPage(page: number): Promise<void> {
    if (this.pages.has(page) || this.requests.has(page) || !this.query.value) return
    const request = new AbortController()
    this.requests.set(page, request)
    try {
      await this.readPage(this.query.value, page, request.signal)
      if (request.signal.aborted) return
      this.error.value = null
    } catch (error) {
      if (request.signal.aborted) return
      this.error.value = error
    }
    this.requests.delete(page)
  }

  /** Reads a page the cheapest way there is and keeps it, unless it is no longer wanted. */
  private async readPage(query: HistoryQuery, page: number, signal: AbortSignal): Promise<void> {
    const cursor = this.pages.cursorOf(page)
    if (cursor !== undefined) {
      const { results, next_cursor: next } = await this.read.after(query, cursor, signal)
      if (!signal.aborted) this.pages.put(page, results, next, this.wanted)
    } else if (page === 0 && this.arrivals.value === 0) {
      const answer = await this.read.after(query, undefined, signal)
      if (!signal.aborted) this.putFirst(answer)
    } else {
      const results = await this.read.at(query, page * pageSize + this.arrivals.value, signal)
      if (!signal.aborted) this.pages.put(page, results, undefined, this.wanted)
    }
  }

  private putFirst({ results, next_cursor: next }: CursorPage): void {
    this.head = new Set(results.map((result) => result.id))
    this.arrivals.value = 0
    this.pages.put(0, results, next, this.wanted)
  }

  /**
   * Looks for results that were made since. At the top of the list they appear;
   * further down they are counted, so that nothing moves under the reader's eyes.
   */
  async lookForNew(): Promise<void> {
    const query = this.query.value
    this.isOutdated ||= this.isAsking.value
    if (!query || this.isAsking.value) return
    if (query.sort !== 'newest') return this.refresh(null)
    const { signal } = this.asking
    try {
      const answer = await this.read.after(query, undefined, signal)
      if (signal.aborted) return
      const place = answer.results.findIndex((result) => this.head.has(result.id))
      const fresh = place < 0 ? answer.results.length : place
      if (!this.isAtTop()) this.arrivals.value = fresh
      else if (fresh > 0) this.insert(answer, fresh)
    } catch (error) {
      if (!signal.aborted) this.error.value = error
    }
  }

  private insert(answer: CursorPage, fresh: number): void {
    this.giveUp()
    this.pages.forgetFrom(0)
    this.putFirst(answer)
    this.onMoved?.(fresh)
    this.fetchWanted()
  }

  /**
   * Reads what is on the screen again after results changed, without a flicker.
   * Pages before the first of them still begin where they did; null says that
   * nobody knows which changed.
   */
  async refresh(ids: readonly string[] | null): Promise<void> {
    const query = this.query.value
    this.isOutdated ||= this.isAsking.value
    if (!query || this.isAsking.value) return
    this.giveUp()
    const { signal } = (this.refreshing = new AbortController())
    const wanted = this.wanted.length ? [...this.wanted].sort((a, b) => a - b) : [0]
    const anchor = this.idAt(this.first)
    const places = (ids ?? ['']).map((id) => this.pages.indexOf(id))
    this.pages.forgetFrom(Math.max(0, Math.floor(Math.min(...places) / pageSize)), wanted)
    try {
      for (const page of wanted) {
        await this.readPage(query, page, signal)
        if (signal.aborted) return
      }
      this.error.value = null
      this.follow(anchor)
    } catch (error) {
      // What is shown stays; it is only no longer the newest.
      if (!signal.aborted) this.error.value = error
    }
  }

  private follow(anchor: string | undefined): void {
    if (anchor === undefined || this.first === 0) return
    const places = placesMoved(anchor, this.first, (index) => this.idAt(index), 2 * pageSize)
    if (places !== 0) this.onMoved?.(places)
  }

  /** Reads again what failed. Bound, because templates hand it on. */
  readonly retry = (): void => {
    if (this.query.value === null) return
    if (this.pages.isEmpty) void this.ask(this.query.value)
    else void this.refresh(null)
  }

  /** The ids of a range of places, reading the pages that are not at hand. */
  async idsBetween(first: number, last: number): Promise<string[]> {
    const query = this.query.value
    if (!query) return []
    const ids: string[] = []
    for (const page of pagesFor(first, last, this.count.value ?? 0)) {
      const offset = page * pageSize + this.arrivals.value
      const read = () => this.read.at(query, offset, this.asking.signal)
      const all = this.pages.idsOf(page) ?? (await read()).map((result) => result.id)
      ids.push(...all.slice(Math.max(0, first - page * pageSize), last - page * pageSize + 1))
    }
    return ids
  }

  private giveUp(): void {
    this.refreshing.abort()
    for (const request of this.requests.values()) request.abort()
    this.requests.clear()
  }
}
