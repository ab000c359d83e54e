import { readonly, ref } from 'vue'

const isPrepared = ref(false)

/** True once everything is loaded that says what can be done without the server. */
export function useOffline() {
  return readonly(isPrepared)
}

/** Prepares for times without the server, once the first page has all it needs. */
export function prepareForOffline(): void {
  const prepare = async () => {
    const { start } = await import('@/offline/start')
    start()
    isPrepared.value = true
  }
  // Whoever is offline by then has lost nothing but the preparation.
  const attempt = () => void prepare().catch(() => undefined)
  const whenIdle = () => {
    // Safari has no requestIdleCallback.
    if ('requestIdleCallback' in window) requestIdleCallback(attempt, { timeout: 5_000 })
    else setTimeout(attempt, 2_000)
  }
  if (document.readyState === 'complete') whenIdle()
  else addEventListener('load', whenIdle, { once: true })
}
