import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BrowserContext, type Page, test as plain } from '@playwright/test'
import { buildEngines, type EngineOptions, FakeEngine } from './engines.ts'
import type { Adapter, Api } from './api.ts'
import { cloneTree } from './files.ts'
import { stemOf } from './studio.ts'
import { Server, type ServerOptions, writeSample } from './server.ts'
import { Watch } from './watch.ts'

export { expect } from '@playwright/test'
export { settled } from './watch.ts'

type StartOptions = Partial<Omit<ServerOptions, 'dir'>>

interface Each {
  /** A folder of the test's own. */
  dir: string
  /** Starts a server for this test only. */
  start: (options?: StartOptions) => Promise<Server>
  /** Copies the sample library for this test only. */
  copySample: () => Promise<string>
  /** A server of the test's own with a scanned sample library. */
  server: Server
  /** Starts a fake engine for this test only. */
  engine: (options: EngineOptions) => Promise<FakeEngine>
  watch: Watch
  /** Opens a watched page in a new browser window at a server. */
  open: (server: Server, address?: string, context?: BrowserContext) => Promise<Page>
}

interface Shared {
  /** A sample library of 60 valid adapters and 12 broken files; never written to. */
  sample: string
  /** A server for tests that only look. */
  shared: Server
  /** The program that plays engines. */
  engines: string
}

export const test = plain.extend<Each, Shared>({
  sample: [
    async ({}, use) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'loramanager-e2e-'))
      await use(await writeSample(path.join(dir, 'loras'), 60, 12))
      await rm(dir, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  shared: [
    async ({ sample }, use) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'loramanager-e2e-'))
      const library = await cloneTree(sample, path.join(dir, 'loras'))
      // With digests, so that duplicates are found.
      const server = await Server.start({ dir, roots: [library], flags: ['--digests'] })
      await server.api.scanned()
      await server.api.digested()
      await fillIn(server)
      await use(server)
      await server.stop()
      await rm(dir, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  engines: [
    async ({}, use) => {
      const dir = await mkdtemp(path.join(tmpdir(), 'loramanager-e2e-'))
      await use(await buildEngines(dir))
      await rm(dir, { recursive: true })
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  dir: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'loramanager-e2e-'))
    await use(dir)
    await rm(dir, { recursive: true })
  },
  start: async ({ dir }, use) => {
    const servers: Server[] = []
    await use(async (options = {}) => {
      const server = await Server.start({ dir, ...options })
      servers.push(server)
      return server
    })
    for (const server of servers) await server.stop()
  },
  copySample: async ({ dir, sample }, use) => {
    await use(() => cloneTree(sample, path.join(dir, 'loras')))
  },
  server: async ({ start, copySample }, use) => {
    const server = await start({ roots: [await copySample()] })
    await server.api.scanned()
    await use(server)
  },
  engine: async ({ engines }, use) => {
    const running: FakeEngine[] = []
    await use(async (options) => {
      const engine = await FakeEngine.start(engines, options)
      running.push(engine)
      return engine
    })
    for (const engine of running) await engine.stop()
  },
  watch: async ({}, use) => {
    const watch = new Watch()
    await use(watch)
    watch.check()
  },
  open: async ({ browser, contextOptions, watch, start }, use) => {
    void start // servers outlive their pages
    const contexts: BrowserContext[] = []
    await use(async (server, address = '/', context) => {
      let own = context
      if (!own) {
        own = await browser.newContext({ ...contextOptions, baseURL: server.base })
        contexts.push(own)
      }
      const page = await own.newPage()
      await watch.follow(page, server.base)
      await page.goto(address)
      return page
    })
    for (const context of contexts) await context.close()
  },
})

/** Gives the library what its users would: ratings, favourites, notes, tags, something in the trash, images, a backup. */
export async function fillIn({ api }: Server): Promise<void> {
  const adapters = await api.adapters('has:preview')
  for (const [index, { id }] of adapters.slice(0, 6).entries()) {
    await api.patch(id, { rating: (index % 5) + 1, favorite: index % 2 === 0, active: index < 3 })
  }
  const ids = adapters.slice(-2).map(({ id }) => id)
  await api.call('POST', '/searches', { name: 'SDXL styles', q: 'base:sdxl tag:style', sort: 'name', order: 'asc' })
  await api.call('PATCH', `/adapters/${adapters[0]!.id}`, {
    notes: 'Works best at 0.8 with a short prompt.',
    description: '<p>Soft light and <b>clean lines</b>. <a href="https://example.org/">Source</a></p>',
    triggers: ['soft light', 'clean lines'],
    weight_min: 0.4,
    weight_max: 1.2,
  })
  await api.call('POST', '/adapters/bulk', { action: 'delete', lora_ids: ids })
  await fillInStudio(api, adapters)
  await api.backUp('before the summer')
  // Switched off, so that none is made while a test looks on.
  await api.call('POST', '/backups/schedules', {
    name: 'Every night',
    enabled: false,
    cron: '30 3 * * *',
    type: 'incremental',
    weights: false,
    place: 'folder',
    keep: { last: 3, daily: 7, weekly: 4, monthly: 12 },
  })
}

/** Two compositions, a few results of each kind and, since the queue is paused, jobs that wait. */
async function fillInStudio(api: Api, adapters: Adapter[]): Promise<void> {
  const entries = adapters.slice(0, 2).map(({ id, name }) => ({ adapter_id: id, name, weight: 0.8, enabled: true }))
  for (const name of ['Lighthouses', 'Portraits']) {
    await api.call('POST', '/compositions', { name, prefix: 'a lighthouse at dusk', suffix: '', negative: 'fog', entries })
  }
  // Switched off, so that nothing is sent there when the choice of the engine is left to the server.
  await api.addEngine('comfy', { kind: 'comfyui', url: 'http://127.0.0.1:9', enabled: false })
  const tags = adapters.slice(0, 2).map((adapter) => `<lora:${stemOf(adapter)}:0.8>`)
  const made: string[] = []
  for (const words of ['a lighthouse at dusk', 'a harbour in the morning', 'a boat', 'deleted']) {
    made.push(await api.generate({ prompt: `${words} ${tags.join(' ')}`, negative_prompt: 'fog', batch_size: words === 'a boat' ? 2 : 1 }))
  }
  for (const id of made) await api.ended(id)
  await api.call('PUT', `/generation/results/${made[0]!}/rating`, { rating: 4 })
  await api.call('PUT', `/generation/results/${made[1]!}/favorite`, { is_favorite: true })
  await api.call('PUT', `/generation/results/${made[1]!}/tags`, { tags: ['harbours'] })
  await api.call('DELETE', `/generation/results/${made[3]!}`)
  await api.call('POST', '/generation/queue/pause')
  for (const words of ['first', 'second', 'third']) await api.generate({ prompt: `the ${words} to wait` })
  await api.call('POST', `/generation/jobs/${await api.generate({ prompt: 'never to be made' })}/cancel`)
}
