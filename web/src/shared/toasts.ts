import { readonly, ref } from 'vue'

export interface Toast {
  id: number
  tone: 'neutral' | 'success' | 'danger'
  title: string
  detail?: string
  action?: { label: string; run: () => void | Promise<void> }
  /** Milliseconds until it leaves by itself. */
  duration: number
}

const toasts = ref<Toast[]>([])
const most = 4
let nextId = 1

/** Shows a message at the edge of the page and returns its id. An action gives the reader more time. */
export function showToast(toast: Partial<Toast> & { title: string }): number {
  const id = nextId++
  const duration = toast.action || toast.tone === 'danger' ? 10_000 : 5_000
  const added: Toast = { tone: 'neutral', duration, ...toast, id }
  toasts.value = [...toasts.value, added].slice(-most)
  return id
}

export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id)
}

export function useToasts() {
  return readonly(toasts)
}
