import { computed, ref, shallowReactive, shallowRef } from 'vue'
import type { Adapter } from '@/api/generated'
import { adapterOf, hold } from '../catalog/adapters'
import { pageSize, pagesFor, pagesToForget, placesMoved } from '@/shared/grid/pages'

export interface ListQuery {
  q: string
  sort: string
  order: 'asc' | 'desc'
}

export interface ListPage {
  items: Adapter[]
  total: number
  filtered: number
}

export type ReadPage = (query: ListQuery, page: number, signal: AbortSignal) => Promise<ListPage>

interface Page {
  ids: string[]
  release: () => void
}

/** Pages kept beyond those on the screen: some 4,000 adapters. */
const pagesKept = 40

/**
 * The answer to one query as a sparse window: only pages that are shown are read,
 * requests for pages that left the screen are given up, and the pages shown
 * longest ago are forgotten.
 */
export class Results {
  readonly query = shallowRef<ListQuery | null>(null)
  /** How many adapters the query matches; null before the first answer. */
  readonly count = ref<number | null>(null)
  /** How many adapters there are outside the trash. */
  readonly total = ref(0)
  readonly error = shallowRef<unknown>(null)
  /** True from a new question to the first part of its answer. */
  readonly isAsking = ref(false)
  /** Grows with every new question that was answered: the list starts at its top. */
  readonly generation = ref(0)
  readonly isEmpty = computed(() => this.count.value === 0 && !this.isAsking.value)

  /** Called after a re-read, with how many places what the reader looks at has moved. */
  onMoved: ((places: number) => void) | null = null

  private readonly pages = shallowReactive(new Map<number, Page>())
  private readonly requests = new Map<number, AbortController>()
  private readonly shownAt = new Map<number, number>()
  private readonly read: ReadPage
  private wanted: number[] = []
  private first = 0
  /** Which way the reader moves. */
  private ahead: -1 | 0 | 1 = 0
  private clock = 0
  /** True when something changed while the answer to a new question was on its way. */
  private isOutdated = false
  private asking = new AbortController()
  private refreshing = new AbortController()

  constructor(read: ReadPage) {
    this.read = read
  }

  idAt(index: number): string | undefined {
    return this.pages.get(Math.floor(index / pageSize))?.ids[index % pageSize]
  }

  adapterAt(index: number): Adapter | undefined {
    const id = this.idAt(index)
    return id === undefined ? undefined : adapterOf(id)
  }

  /** The place of an adapter among the pages at hand, -1 when it is on none of them. */
  indexOf(id: string): number {
    for (const [page, { ids }] of this.pages) {
      const place = ids.indexOf(id)
      if (place >= 0) return page * pageSize + place
    }
    return -1
  }

  /** The ids at hand, in no order. */
  loadedIds(): string[] {
    return [...this.pages.values()].flatMap((page) => page.ids)
  }

  /** Asks a new question; what was shown stays until its answer comes. */
  async ask(query: ListQuery, index = 0): Promise<void> {
    this.giveUp()
    this.query.value = query
    this.error.value = null
    this.isOutdated = false
    this.isAsking.value = true
    const { signal } = (this.asking = new AbortController())
    const page = Math.floor(index / pageSize)
    try {
      const answer = await this.read(query, page, signal)
      if (signal.aborted) return
      this.forgetAll()
      this.store(page, answer)
      this.generation.value++
    } catch (error) {
      if (signal.aborted) return
      this.error.value = error
    }
    this.isAsking.value = false
    this.catchUp()
  }

  private catchUp(): void {
    if (this.isOutdated) void this.refresh()
  }

  /** Tells which rows are on the screen, so that their pages are read. */
  show(first: number, last: number): void {
    // A reader who pauses is likely to go on the same way: what lies ahead stays wanted.
    if (first !== this.first) this.ahead = first > this.first ? 1 : -1
    this.first = first
    this.wanted = pagesFor(first, last, this.count.value ?? 0, this.ahead)
    this.clock++
    for (const page of this.wanted) this.shownAt.set(page, this.clock)
    for (const [page, request] of this.requests) {
      if (this.wanted.includes(page)) continue
      request.abort()
      this.requests.delete(page)
    }
    if (!this.isAsking.value) for (const page of this.wanted) void this.fetchPage(page)
  }

  private async fetchPage(page: number): Promise<void> {
    if (this.pages.has(page) || this.requests.has(page) || !this.query.value) return
    const request = new AbortController()
    this.requests.set(page, request)
    try {
      const answer = await this.read(this.query.value, page, request.signal)
      if (request.signal.aborted) return
      this.store(page, answer)
      this.error.value = null
    } catch (error) {
      if (request.signal.aborted) return
      this.error.value = error
    }
    this.requests.delete(page)
  }

  /** Reads what is on the screen again, without a flicker; all other pages are stale and go. */
  async refresh(): Promise<void> {
    const query = this.query.value
    // The answer on its way may be older than the change that this is about.
    this.isOutdated = this.isAsking.value
    if (!query || this.isAsking.value) return
    this.refreshing.abort()
    const { signal } = (this.refreshing = new AbortController())
    const wanted = this.wanted.length ? [...this.wanted] : [0]
    const anchor = this.idAt(this.first)
    try {
      const answers = await Promise.all(wanted.map((page) => this.read(query, page, signal)))
      if (signal.aborted || this.query.value !== query) return
      for (const page of [...this.pages.keys()]) if (!wanted.includes(page)) this.forget(page)
      wanted.forEach((page, at) => {
        const answer = answers[at]
        if (answer) this.store(page, answer)
      })
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
    const query = this.query.value
    if (!query) return
    if (this.count.value === null || this.pages.size === 0) void this.ask(query)
    else void this.refresh()
  }

  /** The ids of a range of rows, reading the pages that are not at hand. */
  async idsBetween(first: number, last: number): Promise<string[]> {
    const query = this.query.value
    if (!query) return []
    const ids: string[] = []
    for (const page of pagesFor(first, last, this.count.value ?? 0)) {
      const known = this.pages.get(page)?.ids
      const all = known ?? (await this.read(query, page, this.asking.signal)).items.map((item) => item.id)
      const start = page * pageSize
      ids.push(...all.slice(Math.max(0, first - start), last - start + 1))
    }
    return ids
  }

  private store(page: number, answer: ListPage): void {
    this.forget(page)
    this.pages.set(page, { ids: answer.items.map((item) => item.id), release: hold(answer.items) })
    this.count.value = answer.filtered
    this.total.value = answer.total
    this.shownAt.set(page, this.shownAt.get(page) ?? ++this.clock)
    for (const old of pagesToForget(this.shownAt, [...this.wanted, page], pagesKept)) this.forget(old)
  }

  private forget(page: number): void {
    this.pages.get(page)?.release()
    this.pages.delete(page)
    if (!this.wanted.includes(page)) this.shownAt.delete(page)
  }

  private forgetAll(): void {
    this.wanted = []
    this.first = 0
    this.ahead = 0
    for (const page of [...this.pages.keys()]) this.forget(page)
    this.shownAt.clear()
  }

  private giveUp(): void {
    this.asking.abort()
    this.refreshing.abort()
    for (const request of this.requests.values()) request.abort()
    this.requests.clear()
  }
}
