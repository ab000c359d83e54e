import { createGlobalState, useSessionStorage } from '@vueuse/core'
import { computed } from 'vue'
import type { Adapter, Composed } from '@/api/generated'
import { type Bench, contentOf, emptyBench, isDirty, isEmpty } from './bench'
import { addAdapters, type Entry, insertEntry, moveEntry, patchEntry, removeEntry } from './entries'
import { parseBench } from './storage'

/**
 * The composition being worked on. It survives a reload and other pages; so does
 * the one that was there before, when another took its place.
 */
export const useBench = createGlobalState(() => {
  const stored = (key: string) =>
    useSessionStorage<Bench>(key, emptyBench(), {
      serializer: { read: parseBench, write: JSON.stringify },
    })
  const bench = stored('loramanager.compose')
  const before = stored('loramanager.compose.before')

  function change(patch: Partial<Bench>): void {
    bench.value = { ...bench.value, ...patch }
  }
  const changeEntries = (step: (entries: Entry[]) => Entry[]) => {
    change({ entries: step(bench.value.entries) })
  }

  /** Puts something else on the bench and returns the way back. */
  function replace(next: Bench): () => void {
    const last = bench.value
    if (isDirty(last)) before.value = last
    bench.value = next
    return () => {
      bench.value = last
    }
  }

  return {
    bench,
    isDirty: computed(() => isDirty(bench.value)),
    isEmpty: computed(() => isEmpty(bench.value)),
    /** What is composed, as the server takes it. */
    content: computed(() => contentOf(bench.value)),
    /** The adapters in use. */
    chosen: computed(() => new Set(bench.value.entries.flatMap(({ adapter_id: id }) => (id ? [id] : [])))),
    canBringBack: computed(() => !isEmpty(before.value)),
    change,
    replace,
    /** Brings back the unsaved work that something else took the place of; the two change places. */
    bringBack: () => {
      const last = before.value
      before.value = isDirty(bench.value) ? bench.value : emptyBench()
      bench.value = last
    },
    add: (adapters: readonly Adapter[]) => {
      changeEntries((entries) => addAdapters(entries, adapters))
    },
    move: (from: number, to: number) => {
      changeEntries((entries) => moveEntry(entries, from, to))
    },
    patch: (key: string, patch: Partial<Composed>) => {
      changeEntries((entries) => patchEntry(entries, key, patch))
    },
    /** Takes an entry out and returns the way back. */
    remove: (key: string) => {
      const at = bench.value.entries.findIndex((entry) => entry.key === key)
      const entry = bench.value.entries[at]
      changeEntries((entries) => removeEntry(entries, key))
      return () => {
        if (entry) changeEntries((entries) => insertEntry(entries, entry, at))
      }
    },
  }
})
