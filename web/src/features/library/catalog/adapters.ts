import type { Adapter } from '@/api/generated'
import { useKeptEdits } from '@/offline/edits'
import { Records } from '@/shared/records'

const adapters = new Records<Adapter>()
const { queue } = useKeptEdits()

/** The adapter as it should look now, changes that are still on their way included. Reactive. */
export function adapterOf(id: string): Adapter | undefined {
  return adapters.of(id)
}

/** Takes over what the server says about adapters that somebody holds. */
export function update(adapter: Adapter): void {
  adapters.update(queue.over(adapter))
}

/** Keeps adapters at hand until the returned function is called. */
export function hold(items: readonly Adapter[]): () => void {
  return adapters.hold(items.map((item) => queue.over(item)))
}

/** Shows a change at once. Adapters that nobody holds are left alone. */
export function edit(id: string, patch: Partial<Adapter>) {
  return adapters.edit(id, patch)
}
