import { onScopeDispose, ref, shallowRef } from 'vue'
import { type HubFileChoice, type HubPeek, peekHubFile } from '@/api/generated'

/** Looks at a file of a hub before it is downloaded; the last question counts. */
export function usePeek() {
  const peek = shallowRef<HubPeek>()
  const asked = shallowRef<HubFileChoice>()
  const error = shallowRef<unknown>(null)
  const isPeeking = ref(false)
  let request = new AbortController()

  async function look(at: HubFileChoice): Promise<void> {
    request.abort()
    const { signal } = (request = new AbortController())
    isPeeking.value = true
    error.value = null
    asked.value = at
    try {
      const answer = await peekHubFile({ body: at, signal })
      if (signal.aborted) return
      peek.value = answer
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure
    }
    isPeeking.value = false
  }

  function forget(): void {
    request.abort()
    peek.value = undefined
    asked.value = undefined
    error.value = null
    isPeeking.value = false
  }

  onScopeDispose(forget)
  return { peek, asked, error, isPeeking, look, forget }
}
