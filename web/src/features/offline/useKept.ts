import { onScopeDispose, ref } from 'vue'
import { kinds } from '@/worker/kept'

export interface Kept {
  facts: number
  pictures: number
  /** What the app takes of this browser's storage, in bytes; undefined where the browser does not tell. */
  size: number | undefined
}

/** What of the server's answers this browser has kept. Undefined until that is known. */
export function useKept() {
  /** Browsers keep things only for pages that nobody on the way can have changed. */
  const isPossible = 'caches' in window && 'serviceWorker' in navigator
  const kept = ref<Kept>()
  let isGone = false
  onScopeDispose(() => {
    isGone = true
  })

  async function count(kind: keyof typeof kinds): Promise<number> {
    // Opening a cache makes one, so it is looked for first.
    if (!(await caches.has(kind))) return 0
    return (await (await caches.open(kind)).keys()).length
  }

  async function read(): Promise<void> {
    if (!isPossible) return
    const [facts, pictures, { usage }] = await Promise.all([
      count('facts'),
      count('pictures'),
      navigator.storage.estimate(),
    ])
    if (!isGone) kept.value = { facts, pictures, size: usage }
  }

  async function forget(): Promise<void> {
    await Promise.all(Object.keys(kinds).map((kind) => caches.delete(kind)))
    await read()
  }

  void read()
  return { isPossible, kept, forget }
}
