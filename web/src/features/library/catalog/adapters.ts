import { shallowReactive } from 'vue'
import type { Adapter } from '@/api/generated'

interface Entry {
  /** As the server last told it. */
  base: Adapter
  /** Changes that are on their way to the server, oldest first. */
  pending: Partial<Adapter>[]
  /** How many lists and pages still show it. */
  holders: number
}

const entries = new Map<string, Entry>()
const shown = shallowReactive(new Map<string, Adapter>())

/** The adapter as it should look now, changes that are still on their way included. Reactive. */
export function adapterOf(id: string): Adapter | undefined {
  return shown.get(id)
}

function show(entry: Entry): void {
  shown.set(entry.base.id, Object.assign({}, entry.base, ...entry.pending) as Adapter)
}

/** Takes over what the server says about adapters that somebody holds. */
export function update(adapter: Adapter): void {
  const entry = entries.get(adapter.id)
  if (!entry) return
  entry.base = adapter
  show(entry)
}

/**
 * Keeps adapters at hand until the returned function is called. One adapter is
 * one object for everybody, so a change shows in every list at once.
 */
export function hold(adapters: readonly Adapter[]): () => void {
  for (const adapter of adapters) {
    const entry = entries.get(adapter.id) ?? { base: adapter, pending: [], holders: 0 }
    entries.set(adapter.id, entry)
    entry.base = adapter
    entry.holders++
    show(entry)
  }
  const ids = adapters.map((adapter) => adapter.id)
  return () => {
    for (const id of ids.splice(0)) letGo(id)
  }
}

function letGo(id: string): void {
  const entry = entries.get(id)
  if (!entry || --entry.holders > 0) return
  entries.delete(id)
  shown.delete(id)
}

/** A change that shows already and waits for the server's word. */
export interface PendingEdit {
  /** The server took it; its answer, if it gave one, becomes the truth. */
  confirm: (answer?: Adapter) => void
  /** The server refused it: everything else that changed meanwhile stays. */
  revert: () => void
}

/** Shows a change at once. Adapters that nobody holds are left alone. */
export function edit(id: string, patch: Partial<Adapter>): PendingEdit {
  const entry = entries.get(id)
  entry?.pending.push(patch)
  if (entry) show(entry)

  function settle(base: (before: Adapter) => Adapter): void {
    if (!entry) return
    entry.pending = entry.pending.filter((other) => other !== patch)
    entry.base = base(entry.base)
    if (entries.get(id) === entry) show(entry)
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
