import { afterEach, beforeEach, vi } from 'vitest'
import type { LiveHandlers } from '@/live/socket'
import { mountInApp, settled } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import { makeOverview } from './fixtures'

interface Call {
  /** Method and path, such as "POST /hub/lookup". */
  what: string
  query: Record<string, string>
  body: unknown
}

const roots = [
  { id: 'r1', name: 'loras', path: '/srv/loras', state: 'online', writable: true },
  { id: 'r2', name: 'archive', path: '/srv/archive', state: 'online', writable: true },
]

/** Listeners of what is mounted; specs put `listen` in the place of the connection. */
const listeners = new Set<LiveHandlers>()
export const live = {
  listen: (handlers: LiveHandlers) => {
    listeners.add(handlers)
  },
  /** Sends a frame to everything that listens. */
  send: async (frame: { [Type in keyof LiveHandlers]: Parameters<NonNullable<LiveHandlers[Type]>>[0] }) => {
    for (const handlers of [...listeners]) {
      for (const [type, data] of Object.entries(frame)) {
        ;(handlers[type as keyof LiveHandlers] as ((data: unknown) => void) | undefined)?.(data)
      }
    }
    await settled()
  },
}

/** Gives each test a server of its own, reached through the app's real client. */
export function useHubServer() {
  const calls: Call[] = []
  const answers = new Map<string, (call: Call) => unknown>()
  let unmount: () => void = () => undefined

  async function respond(input: RequestInfo | URL): Promise<Response> {
    const request = input as Request
    const url = new URL(request.url)
    const text = await request.text()
    const what = `${request.method} ${url.pathname.replace('/api/v1', '')}`
    const call = {
      what,
      query: Object.fromEntries(url.searchParams),
      body: text ? (JSON.parse(text) as unknown) : null,
    }
    calls.push(call)
    const answer = answers.get(what)?.(call)
    if (answer instanceof Response) return answer
    if (answer === undefined) return refusal('not_found', `Nothing at ${what}.`, 404)
    return answer === null ? new Response(null, { status: 204 }) : Response.json(answer)
  }

  beforeEach(() => {
    calls.length = 0
    answers.clear()
    listeners.clear()
    answers.set('GET /hub', () => makeOverview())
    answers.set('GET /roots', () => ({ roots }))
    answers.set('GET /downloads', () => ({ downloads: [] }))
    answers.set('GET /hub/ignored', () => ({ ignored: [] }))
    for (const { id } of useToasts().value) dismissToast(id)
    vi.stubGlobal('fetch', respond)
  })
  afterEach(() => {
    unmount()
  })

  return {
    /** Sets what the server says to one question from now on. */
    answer: (what: string, say: (call: Call) => unknown) => {
      answers.set(what, say)
    },
    sent: (what: string) => calls.filter((call) => call.what === what),
    open: async (component: Parameters<typeof mountInApp>[0], props: object = {}) => {
      const mounted = mountInApp(component, props)
      unmount = () => {
        mounted.wrapper.unmount()
      }
      await settled()
      return mounted
    },
  }
}

export function refusal(code: string, detail: string, status = 409): Response {
  return Response.json({ code, detail }, { status })
}

/** The button or link with a text or a name, wherever on the page it is. */
export function buttonOf(name: string): HTMLElement {
  const all = [...document.querySelectorAll<HTMLElement>('button, a')]
  const nameOf = (one: HTMLElement) => one.getAttribute('aria-label') ?? one.textContent.trim()
  const found = all.find((one) => nameOf(one) === name)
  if (!found) throw new Error(`No button is called ${name}; there are: ${all.map(nameOf).join(', ')}`)
  return found
}

export async function press(name: string): Promise<void> {
  const drawn = Date.now()
  // Vue drops a click in the very millisecond in which its button was drawn; no reader is that quick.
  await vi.waitUntil(() => Date.now() > drawn, { interval: 1 })
  buttonOf(name).click()
  await settled()
}

/** Opens the menu behind a button and presses a line of it; what it does comes once the menu has closed. */
export async function pick(menu: string, line: string, until: () => void): Promise<void> {
  buttonOf(menu).dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settled()
  const lines = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
  lines.find((one) => one.textContent.trim() === line)?.click()
  await vi.waitFor(until)
  await settled()
}
