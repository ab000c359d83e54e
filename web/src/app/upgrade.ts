import { useReach } from '@/api/reach'

const key = 'loramanager.reloaded'
const longestLoad = 10_000

/**
 * Loads the page again when a part of it is gone, which happens in tabs that were
 * open while the server was upgraded. A second failure shortly after is left alone,
 * and so is one while the server is away.
 */
export function reloadAfterUpgrade(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(key))
    if (useReach().isOut.value || Date.now() - last < longestLoad) return
    event.preventDefault()
    sessionStorage.setItem(key, String(Date.now()))
    location.reload()
  })
}
