import { computed, ref, shallowRef } from 'vue'
import type { ImportItem, ImportItems } from '@/api/generated'

export const actions = ['create', 'update', 'conflict', 'same', 'skip'] as const
export type Action = (typeof actions)[number]

export type ReadItems = (
  action: Action | null,
  after: string | undefined,
  signal: AbortSignal,
) => Promise<ImportItems>

/** How many items one request asks for. */
export const pageLength = 200

/**
 * The items of a plan, read on as the reader comes near their end: a plan of 100,000
 * adapters is as quick to open as one of ten.
 */
export class PlanItems {
  readonly items = shallowRef<readonly ImportItem[]>([])
  readonly error = shallowRef<unknown>(null)
  readonly isReading = ref(false)
  readonly hasMore = ref(true)
  readonly isEmpty = computed(() => this.items.value.length === 0 && !this.hasMore.value)

  private readonly read: ReadItems
  private action: Action | null = null
  private after: string | undefined
  private request = new AbortController()

  constructor(read: ReadItems) {
    this.read = read
  }

  /** Starts anew with the items of one action, or with all. */
  async ask(action: Action | null): Promise<void> {
    this.action = action
    this.items.value = []
    this.after = undefined
    this.hasMore.value = true
    this.request.abort()
    this.isReading.value = false
    await this.more()
  }

  /** Reads the next items, once at a time. */
  readonly more = async (): Promise<void> => {
    if (this.isReading.value || !this.hasMore.value) return
    const { signal } = (this.request = new AbortController())
    this.isReading.value = true
    try {
      const { items, next } = await this.read(this.action, this.after, signal)
      if (signal.aborted) return
      this.items.value = [...this.items.value, ...items]
      this.after = next ?? undefined
      this.hasMore.value = next !== null
      this.error.value = null
    } catch (failure) {
      if (signal.aborted) return
      this.error.value = failure
    }
    this.isReading.value = false
  }

  /** Reads what is shown again, because a decision may have changed what would happen. */
  async refresh(): Promise<void> {
    const length = this.items.value.length
    this.request.abort()
    const { signal } = (this.request = new AbortController())
    this.isReading.value = true
    const found: ImportItem[] = []
    let after: string | undefined
    try {
      do {
        const { items, next } = await this.read(this.action, after, signal)
        if (signal.aborted) return
        found.push(...items)
        after = next ?? undefined
      } while (after !== undefined && found.length < length)
      this.items.value = found
      this.after = after
      this.hasMore.value = after !== undefined
      this.error.value = null
    } catch (failure) {
      if (signal.aborted) return
      this.error.value = failure
    }
    this.isReading.value = false
  }

  /** Shows a decision at once, before the server has taken it. */
  decide(key: string, policy: ImportItem['policy']): void {
    this.items.value = this.items.value.map((item) => (item.key === key ? { ...item, policy } : item))
  }

  close(): void {
    this.request.abort()
  }
}
