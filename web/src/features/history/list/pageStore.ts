import { computed, shallowReactive } from 'vue'
import type { Result } from '@/api/generated'
import { pageSize, pagesToForget } from '@/shared/grid/pages'
import { shownResults } from '../records/results'

interface Page {
  ids: string[]
  isLast: boolean
  release: () => void
}

/** Pages kept beyond those on the screen: some 3,000 results. */
const pagesKept = 30

/** The pages of a list that are at hand. Those shown longest ago are forgotten. */
export class PageStore {
  /** Where the list ends, as far as its last page is at hand; null otherwise. */
  readonly end = computed(() => {
    const ends = [...this.pages].flatMap(([page, { ids, isLast }]) =>
      isLast ? [page * pageSize + ids.length] : [],
    )
    return ends.length ? Math.min(...ends) : null
  })
  /** How far the list is known to reach; one more than is at hand, so that there is something to scroll to. */
  readonly reach = computed(() =>
    Math.max(0, ...[...this.pages].map(([page, { ids }]) => page * pageSize + ids.length + 1)),
  )

  private readonly pages = shallowReactive(new Map<number, Page>())
  private readonly shownAt = new Map<number, number>()
  /** The cursors behind which pages begin, as far as they are known. */
  private readonly cursors = new Map<number, string>()
  private clock = 0

  get isEmpty(): boolean {
    return this.pages.size === 0
  }

  has(page: number): boolean {
    return this.pages.has(page)
  }

  idsOf(page: number): string[] | undefined {
    return this.pages.get(page)?.ids
  }

  cursorOf(page: number): string | undefined {
    return this.cursors.get(page)
  }

  idAt(index: number): string | undefined {
    return this.pages.get(Math.floor(index / pageSize))?.ids[index % pageSize]
  }

  /** The place of a result, -1 when it is not at hand. */
  indexOf(id: string): number {
    for (const [page, { ids }] of this.pages) {
      const place = ids.indexOf(id)
      if (place >= 0) return page * pageSize + place
    }
    return -1
  }

  /** The ids at hand in the order of the list. */
  ids(): string[] {
    return [...this.pages].sort(([a], [b]) => a - b).flatMap(([, { ids }]) => ids)
  }

  /** Notes that pages are on the screen: they are the last to be forgotten. */
  touch(pages: readonly number[]): void {
    this.clock++
    for (const page of pages) this.shownAt.set(page, this.clock)
  }

  /** Keeps a page; `next` is the cursor behind it, null on the last page and undefined where nobody knows it. */
  put(
    page: number,
    results: readonly Result[],
    next: string | null | undefined,
    wanted: readonly number[],
  ): void {
    const isLast = next === null || (next === undefined && results.length < pageSize)
    if (typeof next === 'string') this.cursors.set(page + 1, next)
    const release = shownResults.hold(results)
    this.pages.get(page)?.release()
    this.pages.set(page, { ids: results.map((result) => result.id), isLast, release })
    if (!this.shownAt.has(page)) this.touch([page])
    for (const old of pagesToForget(this.shownAt, [...wanted, page], pagesKept)) this.forget(old)
  }

  /** Forgets a page and all behind it, apart from those that are to be read again in place. */
  forgetFrom(from: number, except: readonly number[] = []): void {
    for (const page of [...this.pages.keys()]) if (page >= from && !except.includes(page)) this.forget(page)
    for (const page of [...this.cursors.keys()]) if (page > from) this.cursors.delete(page)
  }

  private forget(page: number): void {
    this.pages.get(page)?.release()
    this.pages.delete(page)
    this.shownAt.delete(page)
  }
}
