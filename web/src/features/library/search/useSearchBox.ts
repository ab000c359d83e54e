import { useDebounceFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'
import type { SuggestReply, Suggestion } from '@/api/generated'

export const pauseBeforeSearch = 120

interface SearchBox {
  /** What the page is searched for now. */
  q: Ref<string>
  /** Searches for what was typed. */
  search: (q: string) => void
  suggest: (q: string, cursor: number, signal: AbortSignal) => Promise<SuggestReply>
}

/**
 * A search box that searches while one types and completes the field syntax.
 * It says where to put the cursor after a completion.
 */
export function useSearchBox({ q, search, suggest }: SearchBox) {
  const typed = ref(q.value)
  const isOpen = ref(false)
  const active = ref(-1)
  const reply = shallowRef<SuggestReply | null>(null)
  const suggestions = computed<Suggestion[]>(() => (isOpen.value ? (reply.value?.suggestions ?? []) : []))
  let request = new AbortController()
  let waiting = false

  watch(q, (now) => {
    if (!waiting) typed.value = now
  })
  const searchSoon = useDebounceFn(() => {
    if (waiting) searchNow()
  }, pauseBeforeSearch)
  const askSoon = useDebounceFn((cursor: number) => ask(cursor), pauseBeforeSearch)

  function searchNow(): void {
    waiting = false
    if (typed.value.trim() !== q.value) search(typed.value.trim())
  }

  async function ask(cursor: number): Promise<void> {
    request.abort()
    const { signal } = (request = new AbortController())
    try {
      const answer = await suggest(typed.value, cursor, signal)
      if (signal.aborted) return
      reply.value = answer
      active.value = -1
    } catch {
      // Typing goes on without suggestions; the search itself says what is wrong.
      if (!signal.aborted) reply.value = null
    }
  }

  function type(text: string, cursor: number): void {
    typed.value = text
    isOpen.value = true
    waiting = true
    void searchSoon()
    void askSoon(cursor)
  }

  /** Opens the suggestions for the place of the cursor. */
  function open(cursor: number): void {
    isOpen.value = true
    void ask(cursor)
  }

  function close(): void {
    request.abort()
    isOpen.value = false
    active.value = -1
    reply.value = null
  }

  /** Moves to the next suggestion, or the one before; past either end is the text itself. */
  function step(by: 1 | -1): void {
    const places = suggestions.value.length + 1
    active.value = ((active.value + 1 + by + places) % places) - 1
  }

  /** Puts a suggestion into the text and returns where the cursor goes, or null without one. */
  function accept(index = active.value): number | null {
    const suggestion = suggestions.value[index]
    if (!suggestion || !reply.value) return null
    const { from, to } = reply.value
    // A field waits for its value; anything else is complete.
    const gap = suggestion.kind === 'field' || to < typed.value.length ? '' : ' '
    const cursor = from + suggestion.text.length + gap.length
    typed.value = typed.value.slice(0, from) + suggestion.text + gap + typed.value.slice(to)
    reply.value = null
    active.value = -1
    searchNow()
    void ask(cursor)
    return cursor
  }

  /** Searches at once, without waiting for a pause in the typing. */
  function submit(): void {
    close()
    searchNow()
  }

  function clear(): void {
    typed.value = ''
    close()
    searchNow()
  }

  onScopeDispose(close)
  return { typed, suggestions, active, isOpen, type, open, close, step, accept, submit, clear }
}
