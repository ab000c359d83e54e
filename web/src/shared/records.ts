import { shallowReactive } from 'vue'

interface Entry<Item> {
  /** As the server last told it. */
  base: Item
  /** Changes that are on their way to the server, oldest first. */
  pending: Partial<Item>[]
  /** How many lists and pages still show it. */
  holders: number
}

/** A change that shows already and waits for the server's word. */
export interface PendingEdit<Item> {
  /** The server took it; its answer, if it gave one, becomes the truth. */
  confirm: (answer?: Item) => void
  /** The server refused it: everything else that changed meanwhile stays. */
  revert: () => void
}

/**
 * The items that something on the page shows. One item is one object for
 * everybody, so a change shows in every list at once; an item that nobody holds
 * any more is forgotten.
 */
export class Records<Item extends { id: string }> {
  private readonly entries = new Map<string, Entry<Item>>()
  private readonly shown = shallowReactive(new Map<string, Item>())

  /** The item as it should look now, changes that are still on their way included. Reactive. */
  of(id: string): Item | undefined {
    return this.shown.get(id)
  }

  /** Takes over what the server says about an item that somebody holds. */
  update(item: Item): void {
    const entry = this.entries.get(item.id)
    if (!entry) return
    entry.base = item
    this.show(entry)
  }

  /** Keeps items at hand until the returned function is called. */
  hold(items: readonly Item[]): () => void {
    for (const item of items) {
      const entry = this.entries.get(item.id) ?? { base: item, pending: [], holders: 0 }
      this.entries.set(item.id, entry)
      entry.base = item
      entry.holders++
      this.show(entry)
    }
    const ids = items.map((item) => item.id)
    return () => {
      for (const id of ids.splice(0)) this.letGo(id)
    }
  }

  /** Shows a change at once. Items that nobody holds are left alone. */
  edit(id: string, patch: Partial<Item>): PendingEdit<Item> {
    const entry = this.entries.get(id)
    entry?.pending.push(patch)
    if (entry) this.show(entry)

    const settle = (base: (before: Item) => Item) => {
      if (!entry) return
      entry.pending = entry.pending.filter((other) => other !== patch)
      entry.base = base(entry.base)
      if (this.entries.get(id) === entry) this.show(entry)
    }
    return {
      confirm: (answer) => {
        settle((before) => answer ?? { ...before, ...patch })
      },
      revert: () => {
        settle((before) => before)
      },
    }
  }

  private show(entry: Entry<Item>): void {
    this.shown.set(entry.base.id, Object.assign({}, entry.base, ...entry.pending) as Item)
  }

  private letGo(id: string): void {
    const entry = this.entries.get(id)
    if (!entry || --entry.holders > 0) return
    this.entries.delete(id)
    this.shown.delete(id)
  }
}
