import { useDebounceFn } from '@vueuse/core'
import { onScopeDispose, type Ref, ref, shallowRef, watch } from 'vue'
import { composeDialects, type DialectsReply } from '@/api/generated'
import { useLive } from '@/live/useLive'
import { type Content, fingerprint } from '../bench/bench'

/** How long nothing must change before the prompt is written anew, in ms. */
export const pauseBeforeWriting = 200

/** The composition in every dialect, written anew whenever it has come to rest. */
export function useDialects(content: Ref<Content>) {
  const reply = shallowRef<DialectsReply | null>(null)
  const error = shallowRef<unknown>(null)
  const isWriting = ref(false)
  let request = new AbortController()

  async function write(): Promise<void> {
    request.abort()
    const { signal } = (request = new AbortController())
    isWriting.value = true
    try {
      const answer = await composeDialects({ body: content.value, signal })
      if (signal.aborted) return
      reply.value = answer
      error.value = null
    } catch (failure) {
      if (signal.aborted) return
      error.value = failure
    }
    isWriting.value = false
  }
  const writeSoon = useDebounceFn(write, pauseBeforeWriting)

  watch(
    () => fingerprint(content.value),
    () => {
      // What is on its way is about something else by now.
      request.abort()
      isWriting.value = true
      void writeSoon()
    },
  )
  void write()
  // A file that went missing or came back changes what there is to warn of.
  useLive({ adapters_changed: () => void writeSoon(), resync: () => void writeSoon() })
  onScopeDispose(() => {
    request.abort()
  })
  return { reply, error, isWriting, retry: write }
}
