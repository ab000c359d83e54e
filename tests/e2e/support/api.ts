import { until } from './server.ts'

/** The fields of an adapter that tests look at. */
export interface Adapter {
  id: string
  name: string
  file_name: string
  folder: string
  root_id: string
  file_state: string
  active: boolean
  favorite: boolean
  rating: number
  tags: string[]
  notes: string
  weight: number
  preview: object | null
}

interface Summary {
  adapters: number
  roots: number
  trashed: number
  digests: { pending: number }
  scanning: object | null
  last_scan: object | null
}

/** The server's own API, for preparing what a test looks at and for checking what it did. */
export class Api {
  private readonly base: string
  private readonly key: string | undefined

  constructor(base: string, key?: string) {
    this.base = `${base}/api/v1`
    this.key = key
  }

  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(this.base + path, {
      method,
      headers: {
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(this.key !== undefined && { Authorization: `Bearer ${this.key}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`)
    return (text ? JSON.parse(text) : undefined) as Answer
  }

  summary(): Promise<Summary> {
    return this.call('GET', '/library/summary')
  }

  /** The first adapters (at most 200) that match a query, by name. */
  async adapters(q = '', perPage = 200): Promise<Adapter[]> {
    const query = new URLSearchParams({ q, sort: 'name', order: 'asc', per_page: String(perPage) })
    return (await this.call<{ items: Adapter[] }>('GET', `/adapters?${query.toString()}`)).items
  }

  /** How many adapters match a query. */
  async count(q: string): Promise<number> {
    const query = new URLSearchParams({ q, per_page: '1' })
    return (await this.call<{ filtered: number }>('GET', `/adapters?${query.toString()}`)).filtered
  }

  async adapter(id: string): Promise<Adapter> {
    return (await this.call<{ adapter: Adapter }>('GET', `/adapters/${id}`)).adapter
  }

  async patch(id: string, change: object): Promise<void> {
    await this.call('PATCH', `/adapters/${id}`, change)
  }

  /** Waits for the end of the first scan. */
  async scanned(): Promise<void> {
    await until('the library is scanned', async () => {
      const { scanning, last_scan } = await this.summary()
      return scanning === null && last_scan !== null
    })
  }

  /** Waits until every file is read, so that nothing changes by itself any more. */
  async digested(): Promise<void> {
    await until('the digests are computed', async () => (await this.summary()).digests.pending === 0)
  }
}
