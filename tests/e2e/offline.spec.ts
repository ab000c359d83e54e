import type { BrowserContext, Page } from '@playwright/test'
import { cardOf } from './support/cards.ts'
import { Proxy } from './support/proxy.ts'
import type { Server } from './support/server.ts'
import { expect, test } from './support/test.ts'

// Other tests look at what the page asks of the server; a worker in between would hide that.
test.use({ serviceWorkers: 'allow' })

/** What a browser without its server says on the console and of its requests. */
const silence = /WebSocket|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_CONNECTION_RESET|ERR_INTERNET_DISCONNECTED|ERR_FAILED|answer: 504/

const list = '/library?sort=name&order=asc'

/** How many answers of a kind the browser has kept. */
const kept = (page: Page, kind: 'facts' | 'pictures') =>
  page.evaluate(async (name) => ((await caches.has(name)) ? (await (await caches.open(name)).keys()).length : 0), kind)

/** Until the worker is there and has what the page has read. */
async function isReady(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await expect.poll(() => kept(page, 'facts')).toBeGreaterThan(1)
}

const notice = (page: Page) => page.getByText('You are offline.')

async function isAway(page: Page, changes = ''): Promise<void> {
  await expect(notice(page)).toBeVisible()
  if (changes) await expect(page.getByText(changes)).toBeVisible()
}

/** Opens the library, looks at one adapter and comes back to the list. */
async function visit(page: Page, name: string): Promise<void> {
  await expect(cardOf(page, name)).toBeVisible()
  await isReady(page)
  await cardOf(page, name).getByRole('link', { name, exact: true }).click()
  await expect(page.locator('h1')).toHaveText(name)
  await page.goBack()
  await expect(cardOf(page, name)).toBeVisible()
}

async function writeNotes(page: Page, id: string, text: string): Promise<void> {
  await page.goto(`/library/${id}`)
  await page.getByRole('textbox', { name: 'Notes' }).fill(text)
  await page.getByRole('textbox', { name: 'Notes' }).blur()
  await expect(page.getByText('Kept here', { exact: true })).toBeVisible()
}

test('the library that was seen stays browsable while the server is gone', async ({ server, open, watch }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const page = await open(server, list)
  await visit(page, adapter!.name)
  await expect.poll(() => kept(page, 'pictures')).toBeGreaterThan(0)
  watch.allow(silence)

  await server.stop()
  await page.reload()
  await isAway(page)
  await expect(page.getByText(/Last contact with the server: \S/)).toBeVisible()
  const picture = cardOf(page, adapter!.name).locator('img').first()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)

  await cardOf(page, adapter!.name).getByRole('link', { name: adapter!.name, exact: true }).click()
  await expect(page.locator('h1')).toHaveText(adapter!.name)
  await expect(page.getByText(adapter!.file_name).first()).toBeVisible()

  await test.step('a page that was never visited says so', async () => {
    await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Analytics' }).click()
    await expect(page.locator('h1')).toHaveText('Offline')
    await expect(page.getByText('The server does not answer. It is asked again every few seconds.')).toBeVisible()
    await expect(page.getByText(/\d+ lists and adapters/)).toBeVisible()
  })

  await server.start()
  await page.getByRole('button', { name: 'Ask now' }).click()
  await expect(page.getByText('The server answers.')).toBeVisible()
  await expect(notice(page)).toHaveCount(0)
})

test('changes made without the server wait for it and arrive', async ({ server, open, watch }) => {
  const [one, two] = await server.api.adapters('has:preview')
  const page = await open(server, list)
  await visit(page, one!.name)
  await visit(page, two!.name)
  watch.allow(silence)

  await server.stop()
  await cardOf(page, two!.name).getByRole('switch').click()
  await isAway(page, '1 change waits for it.')
  await writeNotes(page, one!.id, 'Written in a train')
  await isAway(page, '2 changes wait for it.')

  await page.reload()
  await isAway(page, '2 changes wait for it.')
  await expect(page.getByRole('textbox', { name: 'Notes' }), 'what was written is still shown').toHaveValue('Written in a train')

  await server.start()
  await expect(notice(page)).toHaveCount(0)
  await expect.poll(async () => (await server.api.adapter(one!.id)).notes).toBe('Written in a train')
  await expect.poll(async () => (await server.api.adapter(two!.id)).active).toBe(true)
  await page.goto('/offline')
  await expect(page.getByText('Every change has reached the server.')).toBeVisible()
})

test('what somebody else changed meanwhile is never overwritten unasked', async ({ server, open, watch }) => {
  const [one, two] = await server.api.adapters('has:preview')
  const page = await open(server, list)
  await visit(page, one!.name)
  await visit(page, two!.name)
  watch.allow(silence)

  await page.context().setOffline(true)
  await writeNotes(page, one!.id, 'mine')
  await writeNotes(page, two!.id, 'mine, too')
  await isAway(page, '2 changes wait for it.')
  await server.api.patch(one!.id, { notes: 'theirs' })
  await server.api.patch(two!.id, { notes: 'theirs, too' })
  await page.context().setOffline(false)

  await expect(page.getByText('2 changes made offline need your decision.')).toBeVisible()
  await page.getByRole('link', { name: 'Decide' }).click()
  const item = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('link', { name, exact: true }) })
  await expect(item(one!.name).getByText('theirs', { exact: true })).toBeVisible()
  await expect(item(one!.name).getByText('mine', { exact: true })).toBeVisible()

  await item(one!.name).getByRole('button', { name: 'Use mine: Notes' }).click()
  await expect(item(one!.name)).toHaveCount(0)
  await item(two!.name).getByRole('button', { name: 'Keep the server’s: Notes' }).click()
  await expect(page.getByText('Every change has reached the server.')).toBeVisible()
  expect((await server.api.adapter(one!.id)).notes).toBe('mine')
  expect((await server.api.adapter(two!.id)).notes).toBe('theirs, too')
})

/** The worker of a version whose program has another name; everything else is the same. */
const newer = (worker: string) => worker.replace(/assets\/index-[\w-]+\.js/, '$&?newer')

test('a new version is offered, and comes when the reader wants it', async ({ browser, contextOptions, server, open }) => {
  const proxy = await Proxy.start(server.base)
  const context: BrowserContext = await browser.newContext({ ...contextOptions, baseURL: proxy.base, serviceWorkers: 'allow' })
  const page = await open({ base: proxy.base } as Server, list, context)
  await isReady(page)

  proxy.change('/sw.js', newer)
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()))
  await expect(page.getByText('A new version is ready', { exact: true })).toBeVisible()
  const loaded = page.waitForEvent('load')
  await page.getByRole('button', { name: 'Load again' }).click()
  await loaded
  await expect(page.locator('h1')).toHaveText('Library')
  await expect(page.getByText('A new version is ready', { exact: true })).toHaveCount(0)

  await context.close()
  await proxy.stop()
})

test('signing out leaves nothing of the library behind', async ({ start, copySample, open, watch }) => {
  const key = 'a-key-of-thirty-two-characters-00'
  const server = await start({ roots: [await copySample()], env: { API_KEY: key } })
  await server.api.scanned()
  watch.allow(/ 40[13] |status of 40[13]|WebSocket/)
  const page = await open(server, list)
  await page.getByLabel('API key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.locator('h1')).toHaveText('Library')
  await isReady(page)

  await page.getByRole('button', { name: /API key/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await expect(page.locator('h1')).toHaveText('Sign in')
  await expect.poll(() => kept(page, 'facts')).toBe(0)
  await expect.poll(() => kept(page, 'pictures')).toBe(0)
  const names = await page.evaluate(async () => {
    const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
    return all.flat().map(({ url }) => new URL(url).pathname)
  })
  expect(names.filter((name) => name.startsWith('/api/'))).toEqual([])
})
