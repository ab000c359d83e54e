import { PiniaColada } from '@pinia/colada'
import { mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { afterEach, beforeEach, vi } from 'vitest'
import { type Component, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import type { Account } from '@/api/generated'
import { i18n } from '@/i18n'
import { settled } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import { forgetSession, type Session, setSession } from '@/shared/useSession'

interface Call {
  /** Method and path, such as "POST /session". */
  what: string
  query: Record<string, string>
  body: unknown
}

export function makeSession(change: Partial<Session> = {}): Session {
  return {
    mode: 'accounts',
    authenticated: false,
    required: true,
    setup_needed: false,
    user: null,
    methods: { password: true, passkey: false, oidc: null },
    ...change,
  }
}

/** Somebody who is signed in, by default an administrator. */
export function makeUser(change: Partial<NonNullable<Session['user']>> = {}): NonNullable<Session['user']> {
  return {
    id: 'u1',
    name: 'ada',
    display_name: 'Ada',
    role: 'administrator',
    permissions: ['library.read', 'marks.own', 'users.manage', 'audit.read'],
    must_change: false,
    ...change,
  }
}

export function makeAccount(change: Partial<Account> = {}): Account {
  return {
    id: 'u2',
    name: 'grace',
    display_name: '',
    role: 'viewer',
    job_quota: 0,
    disabled: false,
    must_change: false,
    created_at: '2026-01-01T00:00:00Z',
    last_login_at: null,
    has_password: true,
    has_totp: false,
    passkeys: 0,
    providers: [],
    ...change,
  }
}

export const roleList = {
  roles: [
    { name: 'viewer', permissions: ['library.read'] },
    { name: 'administrator', permissions: ['library.read', 'users.manage'] },
  ],
  permissions: [
    { name: 'library.read', role: 'viewer', operations: ['listAdapters'] },
    { name: 'users.manage', role: 'administrator', operations: ['addUser'] },
  ],
  scopes: [
    { name: 'read', permissions: ['library.read'] },
    { name: 'files', permissions: ['files.manage'] },
  ],
}

export function refusal(status: number, code: string, detail: string, more: object = {}): Response {
  return Response.json({ code, detail, ...more }, { status })
}

/** Gives each test a server of its own, reached through the app's real client. */
export function useAccountServer() {
  const calls: Call[] = []
  const answers = new Map<string, (call: Call) => unknown>()
  let wrapper: VueWrapper | undefined

  async function respond(input: RequestInfo | URL): Promise<Response> {
    const request = input as Request
    const url = new URL(request.url)
    const text = await request.text()
    const what = `${request.method} ${url.pathname.replace('/api/v1', '')}`
    const body = text ? (JSON.parse(text) as unknown) : null
    const call = { what, query: Object.fromEntries(url.searchParams), body }
    calls.push(call)
    const answer = answers.get(what)?.(call)
    if (answer instanceof Response) return answer
    if (answer === undefined) return refusal(404, 'not_found', `Nothing at ${what}.`)
    return answer === null ? new Response(null, { status: 204 }) : Response.json(answer)
  }

  beforeEach(() => {
    calls.length = 0
    answers.clear()
    answers.set('GET /roles', () => roleList)
    setSession(makeSession({ authenticated: true, user: makeUser() }))
    for (const { id } of useToasts().value) dismissToast(id)
    vi.stubGlobal('fetch', respond)
  })
  afterEach(() => {
    wrapper?.unmount()
    document.body.innerHTML = ''
    forgetSession()
  })

  return {
    /** Sets what the server says to one question from now on; null is an empty answer. */
    answer: (what: string, say: (call: Call) => unknown) => {
      answers.set(what, say)
    },
    sent: (what: string) => calls.filter((call) => call.what === what),
    open: async (component: Component, address = '/', props: object = {}) => {
      const page = { render: () => null }
      const router = createRouter({
        history: createMemoryHistory(),
        routes: [{ path: '/:path(.*)*', component: page }],
      })
      await router.push(address)
      wrapper = mount(
        { render: () => h(TooltipProvider, null, { default: () => h(component, props) }) },
        { attachTo: document.body, global: { plugins: [i18n, router, createPinia(), PiniaColada] } },
      )
      await settled()
      return { wrapper, router }
    },
  }
}

function nameOf(one: Element): string {
  return one.getAttribute('aria-label') ?? one.textContent.trim()
}

/** The field with a label. */
export function field(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent.trim() === label)
  const input = document.getElementById(found?.htmlFor ?? '')
  if (!input) throw new Error(`No field is called ${label}`)
  return input as HTMLInputElement
}

export async function fill(label: string, text: string): Promise<void> {
  const input = field(label)
  input.value = text
  input.dispatchEvent(new Event('input', { bubbles: true }))
  input.dispatchEvent(new Event('change', { bubbles: true }))
  await settled()
}

/** Presses the last button or line of a menu with a name: what lies above comes last. */
export async function press(name: string): Promise<void> {
  const drawn = Date.now()
  // Vue drops a click in the very millisecond in which its button was drawn; no reader is that quick.
  await vi.waitUntil(() => Date.now() > drawn, { interval: 1 })
  const all = [...document.querySelectorAll<HTMLElement>('button, a, [role=menuitem]')]
  const found = all.findLast((one) => nameOf(one) === name)
  if (!found) throw new Error(`Nothing is called ${name}; there are: ${all.map(nameOf).join(', ')}`)
  const form = found.getAttribute('type') === 'submit' && (found as HTMLButtonElement).form
  if (form) form.dispatchEvent(new Event('submit', { cancelable: true }))
  else found.click()
  await settled()
}

/** Opens the menu behind a button. */
export async function openMenu(name: string): Promise<void> {
  const found = [...document.querySelectorAll<HTMLElement>('button')].find((one) => nameOf(one) === name)
  found?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }))
  await settled()
}
