import { afterEach, beforeEach, vi } from 'vitest'
import type {
  Backup,
  BackupPlace,
  BackupSchedule,
  Export,
  FoundManager,
  ImportItem,
  Transfer,
} from '@/api/generated'
import { mountInApp, settled } from '@/shared/testing'
import { dismissToast, useToasts } from '@/shared/toasts'
import { makePlace, makeTransfer } from './fixtures'

interface Call {
  method: string
  path: string
  query: Record<string, string>
  body: Record<string, unknown> | null
}

/** A server that carries things in and out, reached through the app's real client. */
class TransferServer {
  transfers: Transfer[] = []
  items: ImportItem[] = []
  backups: Backup[] = []
  places: BackupPlace[] = [makePlace()]
  schedules: BackupSchedule[] = []
  found: FoundManager[] = []
  planned: Export | null = null
  /** Answers that come instead, by method and path. */
  readonly instead = new Map<string, Response>()
  readonly calls: Call[] = []

  readonly respond = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v1', '')
    const text = await request.text()
    const body = text ? (JSON.parse(text) as Record<string, unknown>) : null
    const call = { method: request.method, path, query: Object.fromEntries(url.searchParams), body }
    this.calls.push(call)
    return this.instead.get(`${call.method} ${path}`)?.clone() ?? this.route(call)
  }

  /** What was asked with a method other than GET, by path. */
  sent(path: string): Call[] {
    return this.calls.filter((call) => call.method !== 'GET' && call.path === path)
  }

  private begin(given: Partial<Transfer>): Response {
    const transfer = makeTransfer({ id: `t${this.transfers.length + 1}`, ...given })
    this.transfers.push(transfer)
    return Response.json({ transfer }, { status: 202 })
  }

  private route(call: Call): Response {
    const { method, path } = call
    const [, area, id, verb] = path.split('/')
    if (path === '/roots/suggestions') return Response.json({ suggestions: [] })
    if (area === 'roots') return Response.json({ roots: [aRoot] })
    if (area === 'transfers' && id === undefined) return Response.json({ transfers: this.transfers })
    if (area === 'transfers' && verb === 'cancel') return this.change(id, { state: 'cancelled' })
    if (area === 'transfers') return this.change(id, {})
    if (area === 'export') return Response.json(anEstimate)
    if (area === 'exports') return this.exports(method)
    if (area === 'imports') return this.imports(call, id, verb)
    if (area === 'backups') return this.backup(call, id, verb)
    if (path === '/move-in/detect') return Response.json({ found: this.found })
    if (area === 'move-in') return this.begin({ kind: 'move_in', state: 'planning' })
    if (path === '/sidecars/formats') return Response.json({ formats: [aFormat] })
    if (area === 'sidecars') return this.begin({ kind: 'sidecars' })
    return Response.json({ code: 'not_found', detail: `Nothing at ${path}.` }, { status: 404 })
  }

  private change(id: string | undefined, given: Partial<Transfer>): Response {
    const known = this.transfers.find((transfer) => transfer.id === id)
    if (!known) return Response.json({ code: 'not_found', detail: 'There is none.' }, { status: 404 })
    Object.assign(known, given)
    return Response.json({ transfer: known, counts: known.counts })
  }

  private exports(method: string): Response {
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (!this.planned) return Response.json({ code: 'not_found', detail: 'Gone.' }, { status: 404 })
    return Response.json({ export: this.planned }, { status: method === 'POST' ? 201 : 200 })
  }

  private imports({ method, body, query }: Call, id?: string, verb?: string): Response {
    if (id === undefined) return this.begin({ kind: 'import', state: 'planning' })
    if (verb === 'apply') return this.change(id, { state: 'running', phase: 'verifying' })
    if (verb === 'items') {
      const items = this.items.filter(({ action }) => !query.action || action === query.action)
      return Response.json({ items, next: null })
    }
    if (method === 'PATCH') {
      const chosen = (body?.items ?? {}) as Record<string, ImportItem['policy']>
      this.items = this.items.map((item) => ({ ...item, policy: chosen[item.key] ?? item.policy }))
    }
    return this.change(id, {})
  }

  private backup({ method, path }: Call, id?: string, verb?: string): Response {
    if (path === '/backups/schedules/preview') return Response.json({ runs: ['2026-01-02T03:30:00Z'] })
    if (id === 'schedules' && method === 'GET') return Response.json({ schedules: this.schedules })
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (id === 'schedules') return Response.json({ schedule: this.schedules[0] })
    if (method === 'GET') return Response.json({ backups: this.backups, places: this.places })
    return this.begin({ kind: verb === undefined ? 'backup' : verbKinds[verb] })
  }
}

const verbKinds: Record<string, Transfer['kind']> = {
  verify: 'verify',
  rehearse: 'rehearsal',
  restore: 'restore',
}
const aRoot = {
  id: 'r1',
  name: 'loras',
  path: '/srv/loras',
  state: 'ok',
  writable: true,
  adapters: 12,
  size_bytes: 1,
}
const aFormat = {
  id: 'civitai',
  manager: 'civitai-helper',
  suffix: '.civitai.info',
  carries: 'tags and notes',
}
const anEstimate = {
  size: '1.00 GB',
  time: '2 minutes',
  size_bytes: 1_073_741_824,
  seconds: 103,
  measured: true,
  parts: 1,
  counts: { adapters: 12, files: 12, compositions: 3, jobs: 40, images: 80 },
}

/** Gives each test of a spec a server of its own, and mounts components against it. */
export function useTransferServer() {
  const current = { server: new TransferServer() }
  let unmount: () => void = () => undefined

  beforeEach(() => {
    current.server = new TransferServer()
    for (const { id } of useToasts().value) dismissToast(id)
    vi.stubGlobal('fetch', current.server.respond)
  })
  afterEach(() => {
    unmount()
  })

  /** Opens a component at an address, once the server has said what it is to say. */
  async function open(component: Parameters<typeof mountInApp>[0], address = '/', props: object = {}) {
    const mounted = mountInApp(component, props)
    unmount = () => {
      mounted.wrapper.unmount()
    }
    await mounted.router.push(address)
    await settled()
    return mounted
  }
  return { current, open }
}

/** The button with a text or a name, wherever on the page it is. */
export function buttonOf(name: string): HTMLButtonElement {
  const all = [...document.querySelectorAll<HTMLButtonElement>('button, a')]
  const found = all.find((one) => one.getAttribute('aria-label') === name || one.textContent.trim() === name)
  if (!found) {
    const names = all.map((one) => one.getAttribute('aria-label') ?? one.textContent.trim())
    throw new Error(`No button is called ${name}; there are: ${names.join(', ')}`)
  }
  return found
}

export async function press(name: string): Promise<void> {
  const drawn = Date.now()
  // Vue drops a click in the very millisecond in which its button was drawn; no reader is that quick.
  await vi.waitUntil(() => Date.now() > drawn, { interval: 1 })
  buttonOf(name).click()
  await settled()
}
