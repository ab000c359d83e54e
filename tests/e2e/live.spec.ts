import type { Page } from '@playwright/test'
import path from 'node:path'
import { cardOf, countOf as status } from './support/cards.ts'
import { writeAdapter } from './support/files.ts'
import { expect, test } from './support/test.ts'

/** Resolves when the page listens to the server's events. */
async function listening(page: Page): Promise<void> {
  const socket = await page.waitForEvent('websocket')
  await socket.waitForEvent('framereceived', (frame) => String(frame.payload).includes('subscription_confirmed'))
}

test('what one tab changes shows in the other', async ({ server, open }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const other = await open(server, '/library?sort=name&order=asc')
  const mine = await open(server, `/library/${adapter!.id}`, other.context())
  await expect(cardOf(other, adapter!.name)).toBeVisible()
  await expect(mine.locator('h1')).toHaveText(adapter!.name)

  await mine.getByRole('switch').first().click()
  await expect(cardOf(other, adapter!.name).getByRole('switch')).toBeChecked()

  await mine.getByRole('button', { name: 'Edit', exact: true }).click()
  await mine.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Aaa, renamed elsewhere')
  await mine.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await expect(cardOf(other, 'Aaa, renamed elsewhere')).toBeVisible()
})

test('what a script changes shows by itself', async ({ server, open }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const list = await open(server, '/library?sort=name&order=asc')
  const detail = await open(server, `/library/${adapter!.id}`)
  const dashboard = await open(server)
  await expect(cardOf(list, adapter!.name)).toBeVisible()
  await expect(detail.locator('h1')).toHaveText(adapter!.name)
  await expect(dashboard.getByRole('link', { name: /^0\s*active$/ })).toBeVisible()

  await server.api.patch(adapter!.id, { notes: 'Written by a script.', active: true })
  await expect(detail.getByRole('textbox', { name: 'Notes' })).toHaveValue('Written by a script.')
  await expect(dashboard.getByRole('link', { name: /^1\s*active$/ })).toBeVisible()
  await expect(cardOf(list, adapter!.name).getByRole('switch')).toBeChecked()

  await server.api.call('DELETE', `/adapters/${adapter!.id}`)
  await expect(status(list)).toHaveText('71 adapters')
  await expect(cardOf(list, adapter!.name)).toHaveCount(0)
})

test('a new file and a scan started elsewhere show by themselves', async ({ dir, server, open }) => {
  const page = await open(server, '/library')
  await expect(status(page)).toHaveText('72 adapters')
  await writeAdapter(path.join(dir, 'loras', 'fresh.safetensors'), { salt: 1 })
  await server.api.call('POST', '/scans', {})
  await expect(status(page)).toHaveText('73 adapters')
  await expect(cardOf(page, 'fresh')).toBeVisible()
})

test('a file that is put into a watched folder shows by itself', async ({ dir, start, copySample, open }) => {
  const server = await start({ roots: [await copySample()], flags: ['--watch'] })
  await server.api.scanned()
  const page = await open(server, '/library')
  await expect(status(page)).toHaveText('72 adapters')
  await writeAdapter(path.join(dir, 'loras', 'dropped.safetensors'), { salt: 2 })
  await expect(status(page)).toHaveText('73 adapters', { timeout: 30_000 })
})

test('settings follow from tab to tab', async ({ server, open }) => {
  const one = await open(server, '/settings?section=appearance')
  const two = await open(server, '/library', one.context())
  await expect(status(two)).toHaveText('72 adapters')
  await one.getByText('Dark', { exact: true }).click()
  await expect(one.locator('html')).toHaveClass(/\bdark\b/)
  await expect(two.locator('html')).toHaveClass(/\bdark\b/)
})

test('the page says when the server is gone, and recovers with it', async ({ server, open, watch }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const page = await open(server, '/library?sort=name&order=asc')
  await expect(cardOf(page, adapter!.name)).toBeVisible()
  watch.allow(/WebSocket|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_SOCKET|ERR_CONNECTION_RESET/)

  await server.stop()
  await expect(page.getByRole('banner').getByText('Reconnecting')).toBeVisible()
  await expect(cardOf(page, adapter!.name), 'what was seen stays').toBeVisible()

  const again = listening(page)
  await server.start()
  await server.api.patch(adapter!.id, { name: 'Aaa, renamed meanwhile' })
  await again
  await expect(page.getByRole('banner').getByText('Reconnecting')).toHaveCount(0)
  await expect(cardOf(page, 'Aaa, renamed meanwhile')).toBeVisible()
})

test('the whole app needs one socket', async ({ server, open }) => {
  const page = await open(server, '/no/such/page')
  await page.goto('about:blank') // the socket of the page before does not count
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  await page.goto('/')
  await expect(page.locator('h1')).toHaveText('Dashboard')
  for (const name of ['Library', 'Settings', 'Dashboard']) {
    await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name }).click()
    await expect(page.locator('h1')).toHaveText(name)
  }
  expect(sockets).toEqual([`${server.base.replace('http', 'ws')}/api/v1/ws/progress`])
})
