import type { Page } from '@playwright/test'
import { expect, settled, test } from './support/test.ts'

const token = 'a-token-for-the-browser-test-0123456789'
const own = 'grey pebbles under the bridge'

test('a server for several: set up, people, rights, and what becomes of them', async ({ start, copySample, open, watch, browser, contextOptions }) => {
  // Being asked to sign in is told with 401, and what a role may not do with 403.
  watch.allow(/ 40[13] |status of 40[13]/)
  const server = await start({ roots: [await copySample()], flags: ['--accounts'], env: { LORAMANAGER_SETUP_TOKEN: token } })
  const boss = await open(server, '/library')
  let oneTime = ''

  await test.step('the first administrator is made with the token of the server', async () => {
    await expect(boss.getByRole('heading', { level: 1 })).toHaveText('Set up LoRA Manager')
    await boss.getByLabel('Set-up token').fill(token)
    await boss.getByLabel('Your name').fill('boss')
    await boss.getByLabel('New password', { exact: true }).fill('long lamps above the harbour')
    await boss.getByLabel('New password again').fill('long lamps above the harbour')
    await boss.getByRole('button', { name: 'Make the account' }).click()
    await expect(boss.getByRole('heading', { level: 1 })).toHaveText('Library')
    await expect(boss.getByRole('grid').or(boss.getByRole('list', { name: 'Adapters' })).first()).toBeVisible()
  })

  await test.step('somebody is added and gets a one-time password', async () => {
    await boss.goto('/settings/users')
    await boss.getByRole('button', { name: 'Add a user' }).click()
    const dialog = boss.getByRole('dialog')
    await dialog.getByLabel('Name to sign in with').fill('anna')
    await dialog.getByRole('combobox', { name: 'Role' }).selectOption({ label: 'Viewer' })
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    const shown = boss.getByRole('dialog', { name: 'One-time password' })
    oneTime = (await shown.getByLabel('One-time password').last().textContent())!.trim()
    expect(oneTime.length).toBeGreaterThan(8)
    await shown.getByRole('button', { name: 'Done' }).click()
    await expect(boss.getByRole('main')).toContainText('anna')
  })

  const hers = await browser.newContext({ ...contextOptions, baseURL: server.base })
  const anna = await open(server, '/library', hers)

  await test.step('she signs in, must choose a password, and lands where she wanted to', async () => {
    await anna.getByLabel('Name', { exact: true }).fill('anna')
    await anna.getByLabel('Password', { exact: true }).fill(oneTime)
    await anna.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(anna.getByRole('heading', { level: 1 })).toHaveText('Choose a new password')
    await anna.getByLabel('New password', { exact: true }).fill(own)
    await anna.getByLabel('New password again').fill(own)
    await anna.getByRole('button', { name: 'Save and continue' }).click()
    await expect(anna.getByRole('heading', { level: 1 })).toHaveText('Library')
    await settled(anna)
  })

  await test.step('her favourites are hers alone', async () => {
    const favourites = (page: Page) => page.getByRole('button', { name: 'Remove from favourites' })
    const before = await favourites(anna).count()
    await anna.getByRole('button', { name: 'Add to favourites' }).first().click()
    await expect(favourites(anna)).toHaveCount(before + 1)
    await boss.goto('/library')
    await settled(boss)
    await expect(favourites(boss)).toHaveCount(before)
    await anna.reload()
    await settled(anna)
    await expect(favourites(anna)).toHaveCount(before + 1)
  })

  await test.step('what her role may not do is not offered', async () => {
    await anna.goto('/settings/users')
    await expect(anna.getByRole('heading', { level: 1 })).toHaveText('Not for your role')
    const refused = await anna.request.post('/api/v1/queue/pause')
    expect(refused.status()).toBeGreaterThanOrEqual(403)
  })

  await test.step('a role that changes counts at once, also in an open page', async () => {
    await boss.goto('/settings/users')
    await boss.getByRole('button', { name: 'Actions for anna' }).click()
    await boss.getByRole('menuitem', { name: 'Disable' }).click()
    await expect(boss.getByRole('main')).toContainText('Disabled')
    await expect(anna.getByRole('button', { name: 'Sign in', exact: true })).toBeVisible()
    await anna.getByLabel('Name', { exact: true }).fill('anna')
    await anna.getByLabel('Password', { exact: true }).fill(own)
    await anna.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(anna.getByRole('alert')).toBeVisible()
  })

  await test.step('who did what is written down', async () => {
    await boss.goto('/settings/audit')
    const log = boss.getByRole('main')
    await expect(log).toContainText('anna')
    await expect(log).toContainText('boss')
    await expect(log).not.toContainText(own)
    await expect(log).not.toContainText(oneTime)
  })
  await hers.close()
})
