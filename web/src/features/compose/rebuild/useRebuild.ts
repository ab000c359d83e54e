import { useDebounceFn } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef } from 'vue'
import { parsePrompt, readPicture, type Rebuilt, type RebuiltFromPicture } from '@/api/generated'

type Found = Rebuilt & Partial<Pick<RebuiltFromPicture, 'picture'>>

/** The most characters the server reads as a prompt. */
export const mostText = 1_048_576

/** Reads compositions out of texts and pictures; what comes last counts. */
export function useRebuild() {
  const found = shallowRef<Found | null>(null)
  const error = shallowRef<unknown>(null)
  const isReading = ref(false)
  let request = new AbortController()

  async function read(ask: (signal: AbortSignal) => Promise<Found>): Promise<void> {
    request.abort()
    const { signal } = (request = new AbortController())
    isReading.value = true
    error.value = null
    try {
      const answer = await ask(signal)
      if (signal.aborted) return
      found.value = answer
    } catch (failure) {
      if (signal.aborted) return
      found.value = null
      error.value = failure
    }
    isReading.value = false
  }

  function clear(): void {
    request.abort()
    found.value = null
    error.value = null
    isReading.value = false
  }

  const fromText = useDebounceFn((text: string) => {
    if (text.trim()) void read((signal) => parsePrompt({ body: { text }, signal }))
    else clear()
  }, 250)

  onScopeDispose(clear)
  return {
    found,
    error,
    isReading,
    clear,
    fromText: (text: string) => void fromText(text),
    // The server takes only bodies that say which kind of picture they are.
    fromPicture: (picture: Blob) =>
      read((signal) => readPicture({ body: picture, headers: { 'Content-Type': picture.type }, signal })),
  }
}
