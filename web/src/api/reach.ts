import { readonly, ref } from 'vue'
import { keptHeader } from '@/worker/kept'
import { serverUrl } from './base'

const firstDelay = 2_000
const longestDelay = 30_000

const isOut = ref(false)
const lastContact = ref<number | null>(null)
let asking: Promise<boolean> | undefined
let timer: ReturnType<typeof setTimeout> | undefined
let delay = firstDelay

/** Whether the server is out of reach, and when it last said anything (milliseconds; null for never). */
export function useReach() {
  return { isOut: readonly(isOut), lastContact: readonly(lastContact) }
}

function contact(at: number): void {
  lastContact.value = Math.max(at, lastContact.value ?? 0)
}

/** Draws from an answer whether the server is there. */
export function noteAnswer({ headers, status }: Response): void {
  if (headers.has(keptHeader)) {
    contact(Date.parse(headers.get('Date') ?? '') || 0)
    lose()
  } else if (status < 502 || status > 504) {
    contact(Date.now())
    regain()
  }
}

function lose(): void {
  isOut.value = true
  timer ??= setTimeout(() => {
    timer = undefined
    delay = Math.min(longestDelay, delay * 1.5)
    void askServer()
  }, delay)
}

function regain(): void {
  clearTimeout(timer)
  timer = undefined
  delay = firstDelay
  isOut.value = false
}

/**
 * Asks the server whether it is there, now; while it is not, it is asked again and
 * again. Only an answer counts: a browser that calls itself online may be so without
 * this server, and one that calls itself offline may run beside it.
 */
export function askServer(): Promise<boolean> {
  asking ??= ask().finally(() => {
    asking = undefined
  })
  return asking
}

async function ask(): Promise<boolean> {
  try {
    const response = await fetch(serverUrl('/api/health'), { cache: 'no-store' })
    if (response.ok) {
      noteAnswer(response)
      return true
    }
  } catch {
    // No answer is an answer, too.
  }
  lose()
  return false
}

addEventListener('online', () => void askServer())
addEventListener('offline', () => void askServer())
