import { onScopeDispose, ref, type Ref, watch } from 'vue'

export type SaveState = 'idle' | 'waiting' | 'saving' | 'saved' | 'failed'

/** How long after the last key a text is saved, in milliseconds. */
export const pauseBeforeSave = 800

/**
 * A text that saves itself after a pause and when its page closes. What comes
 * from the server replaces it only while nobody is typing.
 */
export function useAutosave(saved: Ref<string>, save: (text: string) => Promise<boolean>) {
  const text = ref(saved.value)
  const state = ref<SaveState>('idle')
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(saved, (now) => {
    if (state.value === 'idle' || state.value === 'saved') text.value = now
  })
  watch(text, (now) => {
    clearTimeout(timer)
    if (now === saved.value) return
    state.value = 'waiting'
    timer = setTimeout(() => void flush(), pauseBeforeSave)
  })

  /** Saves at once whatever is not saved yet. */
  async function flush(): Promise<void> {
    clearTimeout(timer)
    const sent = text.value
    if (sent === saved.value && state.value !== 'failed') return
    state.value = 'saving'
    const ok = await save(sent)
    if (text.value === sent) state.value = ok ? 'saved' : 'failed'
  }

  onScopeDispose(() => {
    if (state.value === 'waiting') void flush()
  })
  return { text, state, flush }
}
