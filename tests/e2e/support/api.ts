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

/** The fields of a backup that tests look at. */
export interface Backup {
  id: string
  note: string
  status: string
}

/** The fields of an engine that tests look at. */
export interface Engine {
  name: string
  /** null until it was asked. */
  reachable: boolean | null
  error?: string
}

/** The fields of a job that tests look at. */
export interface Job {
  id: string
  prompt: string
  raw_status: string
  engine: string
  priority: number
  attempt: number
  error: string | null
}

/** The fields of a finished job in the history that tests look at. */
export interface Result {
  id: string
  prompt: string
  raw_status: string
  engine: string
  seed: number | null
  width: number | null
  height: number | null
  rating: number | null
  is_favorite: boolean
  images: { url: string }[]
  adapters: { name: string; weight: number; text_encoder?: number[]; found: boolean }[]
}

/** A generation that is cheap to make; what is given comes on top. */
const small = { width: 128, height: 96, steps: 4, seed: 7 }

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

  /** Tells the server of an engine; what is not said is as usual. */
  async addEngine(name: string, engine: object): Promise<void> {
    await this.call('POST', '/engines', { name, enabled: true, timeout_seconds: 60, base_models: [], ...engine })
  }

  async engine(name: string): Promise<Engine | undefined> {
    return (await this.call<{ engines: Engine[] }>('GET', '/engines')).engines.find((one) => one.name === name)
  }

  /** Waits until an engine has told what it can do. */
  async reached(name: string): Promise<void> {
    await until(`${name} can be reached`, async () => (await this.engine(name))?.reachable === true)
  }

  /** Queues a small generation and returns the id of its job. */
  async generate(params: { prompt: string } & Record<string, unknown>, backend = 'sketch'): Promise<string> {
    const body = { ...small, ...params }
    const path = `/generation/queue-generation?backend=${backend}`
    return (await this.call<{ delivery_id: string }>('POST', path, body)).delivery_id
  }

  /** The jobs that run, then those that wait in their order. */
  async queue(): Promise<Job[]> {
    return (await this.call<{ jobs: Job[] }>('GET', '/generation/queue')).jobs
  }

  /** All jobs, newest first. */
  async jobs(): Promise<Job[]> {
    return (await this.call<{ jobs: Job[] }>('GET', '/generation/jobs?limit=200')).jobs
  }

  /** Waits until a job has come to its end, and returns it as the history shows it. */
  async ended(id: string): Promise<Result> {
    let result = await this.result(id)
    await until(`job ${id} has ended`, async () => {
      result = await this.result(id)
      return ['succeeded', 'failed', 'cancelled'].includes(result.raw_status)
    })
    return result
  }

  /** All backups, newest first. */
  async backups(): Promise<Backup[]> {
    return (await this.call<{ backups: Backup[] }>('GET', '/backups')).backups
  }

  /** Waits until a transfer has come to its end. */
  async carried(id: string): Promise<void> {
    await until(`transfer ${id} is over`, async () => {
      const { transfer } = await this.call<{ transfer: { state: string } }>('GET', `/transfers/${id}`)
      return ['done', 'failed', 'cancelled'].includes(transfer.state)
    })
  }

  /** Makes a backup of the catalog without adapter files, and waits for it. */
  async backUp(note: string): Promise<void> {
    const { transfer } = await this.call<{ transfer: { id: string } }>('POST', '/backups', { note })
    await this.carried(transfer.id)
  }

  async compositions(): Promise<{ id: string; name: string; version: number }[]> {
    return (await this.call<{ compositions: { id: string; name: string; version: number }[] }>('GET', '/compositions')).compositions
  }

  result(id: string): Promise<Result> {
    return this.call('GET', `/generation/results/${id}`)
  }

  /** The history, newest first; a query narrows it. */
  async history(query = ''): Promise<Result[]> {
    return (await this.call<{ results: Result[] }>('GET', `/generation/history?limit=200&${query}`)).results
  }
}
