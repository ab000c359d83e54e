import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { cards } from './support/cards.ts'
import { queue } from './support/studio.ts'
import { expect, test } from './support/test.ts'

test('a rename onto another file is refused in the server’s words', async ({ server, open, watch }) => {
  const all = await server.api.adapters()
  const folder = all.find(({ folder: one }) => all.filter(({ folder: other }) => one === other).length > 1)!.folder
  const [one, other] = all.filter((adapter) => adapter.folder === folder)
  watch.allow(/409.*rename|rename.*409/)
  const page = await open(server, `/library/${one!.id}`)
  await page.getByRole('main').getByRole('button', { name: `Actions for ${one!.name}` }).click()
  await page.getByRole('menuitem', { name: 'Rename file …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Rename the file' })
  const answer = page.waitForResponse((response) => response.url().endsWith('/rename'))
  await dialog.getByRole('textbox').fill(other!.file_name)
  await dialog.getByRole('button', { name: 'Rename' }).click()
  const { detail } = (await (await answer).json()) as { detail: string }
  expect(detail).not.toBe('')
  await expect(dialog).toContainText(detail)
  await expect(dialog.getByRole('textbox'), 'what was typed stays').toHaveValue(other!.file_name)
  expect(await server.api.adapter(one!.id)).toMatchObject({ file_name: one!.file_name })

  await dialog.getByRole('textbox').fill('a-free-name.safetensors')
  await dialog.getByRole('button', { name: 'Rename' }).click()
  await expect(dialog).toHaveCount(0)
  expect(await server.api.adapter(one!.id)).toMatchObject({ file_name: 'a-free-name.safetensors' })
})

test('a file that cannot be moved stays, and the page says why', async ({ dir, server, open, watch }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const page = await open(server, `/library/${adapter!.id}`)
  await expect(page.locator('h1')).toHaveText(adapter!.name)
  // The trash folder cannot be made where a file of its name lies; that stops even root.
  await writeFile(path.join(dir, 'loras', '.loramanager-trash'), '')
  watch.allow(/ (4|5)\d\d (DELETE)|status of (4|5)\d\d.*adapters/)
  const answer = page.waitForResponse((response) => response.request().method() === 'DELETE')
  await page.keyboard.press('Delete')
  const { detail } = (await (await answer).json()) as { detail: string }
  expect(detail).not.toBe('')
  await expect(page.getByText(detail, { exact: true })).toBeVisible()
  await expect(page.locator('h1')).toHaveText(adapter!.name)
  expect(await server.api.adapter(adapter!.id)).toMatchObject({ file_state: 'ok' })
})

test('a search that cannot be understood is explained', async ({ shared, open, watch }) => {
  watch.allow(/422.*adapters|adapters.*422/)
  const page = await open(shared, '/library?q=bse:sdxl')
  await expect(page.getByRole('main')).toContainText('bse')
  await expect(page.getByRole('main')).toContainText('base')
  await page.getByRole('combobox', { name: 'Search the library' }).fill('base:sdxl')
  await expect(cards(page).first()).toBeVisible()
})

test('what the server refuses of a job is said at its field', async ({ shared, open, watch }) => {
  watch.allow(/422.*queue-generation|queue-generation.*422/)
  const page = await open(shared, '/generate')
  const sampler = page.getByLabel('Sampler', { exact: true })
  await sampler.fill('x'.repeat(600))
  const answer = page.waitForResponse((response) => response.url().includes('/queue-generation'))
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  const { errors } = (await (await answer).json()) as { errors: { message: string }[] }
  await expect(sampler).toHaveAttribute('aria-invalid', 'true')
  await expect(sampler).toHaveAccessibleDescription(errors[0]!.message)
  await expect(sampler, 'the form leads to its first mistake').toBeFocused()

  await sampler.fill('Euler')
  await page.getByLabel('Steps', { exact: true }).fill('0')
  await page.getByRole('button', { name: 'Generate', exact: true }).click()
  await expect(page.getByLabel('Steps', { exact: true })).toHaveAccessibleDescription('From 1 to 1,000.')
  await expect(sampler).not.toHaveAttribute('aria-invalid')
})

test('a job that failed says why and can be tried again', async ({ server, engine, open }) => {
  const sick = await engine({ kind: 'sdnext', habit: 'no_pictures' })
  await server.api.addEngine('next', { kind: 'sdnext', url: sick.url })
  await server.api.reached('next')
  const page = await open(server, '/generate')
  const id = await server.api.generate({ prompt: 'in vain' }, 'next')
  await server.api.ended(id)
  const reason = async () => (await server.api.jobs())[0]!.error!
  expect(await reason()).not.toBe('')
  const failed = queue(page).getByRole('region', { name: '1 failed job' })
  await expect(failed).toContainText('in vain')
  await expect(failed).toContainText(await reason())
  const asked = page.waitForResponse((response) => response.url().endsWith('/retry'))
  await failed.getByRole('button', { name: 'Retry: in vain' }).click()
  expect((await asked).status()).toBe(200)
  await server.api.ended(id)
  await expect(failed).toContainText(await reason())
})

test('an engine that is gone says so wherever it is chosen', async ({ server, engine, open }) => {
  const gone = await engine({ kind: 'comfyui' })
  await server.api.addEngine('comfy', { kind: 'comfyui', url: gone.url })
  await server.api.reached('comfy')
  const page = await open(server, '/settings?section=engines')
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'comfy' }) })
  await expect(row.getByText('Ready', { exact: true })).toBeVisible()
  await gone.stop()
  await row.getByRole('button', { name: 'Test' }).click()
  await expect(row.getByText('Does not answer', { exact: true })).toBeVisible()
  const { error } = (await server.api.engine('comfy'))!
  expect(error).not.toBe('')
  await expect(row).toContainText(error!)
  await page.goto('/generate')
  await page.getByLabel('Engine', { exact: true }).selectOption('comfy')
  await expect(page.getByRole('form', { name: 'What to make' })).toContainText(error!)
})

test('a folder that cannot be looked into is refused at its field', async ({ shared, open, watch }) => {
  watch.allow(/4\d\d.*detect|detect.*4\d\d/)
  const page = await open(shared, '/transfer/move-in')
  const path = page.getByRole('main').locator('input[name=path]')
  await path.fill('/no/such/folder')
  const answer = page.waitForResponse((response) => response.url().endsWith('/move-in/detect'))
  await path.press('Enter')
  const { detail, errors } = (await (await answer).json()) as { detail: string; errors?: { message: string }[] }
  await expect(path).toHaveAttribute('aria-invalid', 'true')
  await expect(path).toHaveAccessibleDescription(errors?.[0]?.message ?? detail)
  await expect(path, 'what was typed stays').toHaveValue('/no/such/folder')
})

test('a failing server is reported and asked again on request', async ({ shared, open, watch }) => {
  watch.allow(/ 500 |status of 500/)
  const page = await open(shared, '/settings')
  const detail = 'The database is having its tea.'
  await page.route('**/api/v1/adapters?*', (route) =>
    route.fulfill({
      status: 500,
      contentType: 'application/problem+json',
      body: JSON.stringify({ title: 'Internal', status: 500, code: 'internal', detail, request_id: 'r-1' }),
    }),
  )
  let asked = 0
  page.on('request', (request) => (asked += /\/adapters\?/.test(request.url()) ? 1 : 0))
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Library' }).click()
  await expect(page.getByText(detail)).toBeVisible()
  expect(asked, 'an error of the server is not asked for again').toBe(1)
  await page.unroute('**/api/v1/adapters?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(cards(page).first()).toBeVisible()
})

test('a change that does not arrive is taken back', async ({ server, open, watch }) => {
  watch.allow(/ERR_FAILED/)
  const page = await open(server, '/library')
  const toggle = cards(page).first().getByRole('switch')
  await expect(toggle).not.toBeChecked()
  await page.route('**/api/v1/adapters/*/activate*', (route) => route.abort('failed'))
  await toggle.click()
  await expect(page.getByText('The server cannot be reached. Check that LoRA Manager is running.', { exact: true })).toBeVisible()
  await expect(toggle).not.toBeChecked()
  expect(await server.api.adapters('is:active')).toHaveLength(0)
})

test('a read that breaks off is tried again by itself', async ({ shared, open, watch }) => {
  watch.allow(/ERR_FAILED| 503 |status of 503/)
  const page = await open(shared, '/settings')
  let refused = 0
  await page.route('**/api/v1/adapters?*', (route) => {
    refused++
    if (refused === 1) return route.abort('failed')
    if (refused === 2) return route.fulfill({ status: 503, body: '' })
    return route.continue()
  })
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Library' }).click()
  await expect(cards(page).first()).toBeVisible()
  expect(refused).toBeGreaterThanOrEqual(3)
})

test.describe('with a key', () => {
  const key = 'a-key-of-thirty-two-characters-00'

  test('the app is behind a sign-in and the key stays secret', async ({ start, copySample, open, watch }) => {
    const server = await start({ roots: [await copySample()], env: { API_KEY: key } })
    await server.api.scanned()
    watch.allow(/ 40[13] |status of 40[13]|WebSocket/)
    const page = await open(server, '/library?q=base:sdxl')
    const urls: string[] = []
    page.on('request', (request) => urls.push(request.url()))
    await expect(page.locator('h1')).toHaveText('Sign in')

    await page.getByLabel('API key').fill('not the key')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByText('The server does not know this key.')).toBeVisible()
    watch.check()

    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL(/\/library\?q=base(:|%3A)sdxl/)
    await expect(cards(page).first()).toBeVisible()

    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))
    expect(kept).not.toContain(key)
    expect(urls.filter((url) => url.includes(key) || /[?&](key|token|api_key)=/.test(url))).toEqual([])
    for (const cookie of await page.context().cookies()) {
      expect(cookie.httpOnly).toBe(true)
      expect(cookie.sameSite).toBe('Strict')
      expect(cookie.value).not.toContain(key)
    }
    const served = [await (await fetch(`${server.base}/frontend/settings`)).text()]
    for (const url of new Set(urls.filter((address) => /\.(js|css|html)$/.test(address)))) {
      served.push(await (await fetch(url)).text())
    }
    expect(served.length).toBeGreaterThan(3)
    expect(served.filter((text) => text.includes(key))).toEqual([])

    await page.goto('/settings?section=about')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect(page.locator('h1')).toHaveText('Sign in')
    await page.goto('/library')
    await expect(page.locator('h1'), 'signed out means out').toHaveText('Sign in')
  })

  test('a sign-in leads nowhere else', async ({ start, open, watch }) => {
    const server = await start({ env: { API_KEY: key } })
    watch.allow(/ 40[13] |status of 40[13]|WebSocket/)
    const page = await open(server, '/login?next=//example.org/')
    await page.getByLabel('API key').fill(key)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.locator('h1')).not.toHaveText('Sign in')
    expect(new URL(page.url()).origin).toBe(server.base)
  })
})
