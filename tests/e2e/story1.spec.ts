import path from 'node:path'
import { until, writeSample } from './support/server.ts'
import { cardOf, cards, countOf, grid, nameOf } from './support/cards.ts'
import { expect, test } from './support/test.ts'

test('from a folder to a gallery', async ({ dir, start, open, watch }) => {
  const folder = await writeSample(path.join(dir, 'loras'), 400)
  const server = await start()
  const page = await open(server)
  const status = countOf(page)

  await test.step('the first run asks for a folder', async () => {
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome to LoRA Manager')
    watch.allow(/(answer: |status of )4\d\d.*\/roots/)
    await page.getByLabel('Add a folder').fill(path.join(dir, 'nowhere'))
    await page.getByRole('button', { name: 'Add folder' }).click()
    await expect(page.getByText(path.join(dir, 'nowhere'))).toBeVisible()
    await page.getByLabel('Add a folder').fill(folder)
  })

  await test.step('the folder becomes a gallery without a reload', async () => {
    await page.getByRole('button', { name: 'Add folder' }).click()
    await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Library' }).click()
    await expect(cards(page).first()).toBeVisible()
    await expect(status).toHaveText('400 adapters')
    expect((await server.api.summary()).adapters).toBe(400)
    await expect(grid(page).locator('img').first()).toBeVisible()
  })

  await test.step('a search narrows the list as it is typed', async () => {
    const search = page.getByRole('combobox', { name: 'Search the library' })
    await search.pressSequentially('radio')
    await expect(status).toHaveText(/^\d+ of 400 adapters$/)
    await expect(page).toHaveURL(/[?&]q=radio/)
    await expect(cards(page).filter({ hasNotText: /radio/i })).toHaveCount(0)
    await search.fill('')
    await expect(status).toHaveText('400 adapters')
    await search.press('Escape')
  })

  await test.step('facets count, combine and show in the address', async () => {
    const filters = page.getByRole('complementary', { name: 'Filters' })
    const bases = filters.locator('section', { has: page.getByRole('button', { name: 'Base model' }) })
    const sdxl = bases.getByRole('button', { name: /^SDXL \d/ })
    const expected = Number((await sdxl.textContent())?.match(/\d+/)?.[0])
    await sdxl.click()
    await expect(sdxl).toHaveAttribute('aria-pressed', 'true')
    await expect(status).toHaveText(`${String(expected)} of 400 adapters`)
    await expect(page).toHaveURL(/base(%3A|:)sdxl/)
    await page.goBack()
    await expect(status).toHaveText('400 adapters')
    await page.goForward()
    await expect(status).toHaveText(`${String(expected)} of 400 adapters`)
  })

  let opened = ''
  await test.step('a card opens its page', async () => {
    await page.mouse.move(800, 600)
    await page.mouse.wheel(0, 1500)
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(1400)
    opened = await nameOf(cards(page).nth(14))
    await cardOf(page, opened).getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(opened)
    await expect(page).toHaveURL(/\/library\/[0-9a-f-]{36}$/)
  })

  const id = page.url().split('/').at(-1)!
  await test.step('an edit is saved and can be undone', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit adapter' })
    await dialog.getByLabel('Name', { exact: true }).fill('A name of my own')
    await dialog.getByLabel('Author').fill('me')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A name of my own')
    expect(await server.api.adapter(id)).toMatchObject({ name: 'A name of my own' })
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(opened)
    await page.getByRole('textbox', { name: 'Notes' }).fill('Works at 0.7.')
    await until('the note is saved', async () => (await server.api.adapter(id)).notes === 'Works at 0.7.')
  })

  await test.step('a deep link works when it is loaded again', async () => {
    await page.reload()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(opened)
    await expect(page.getByRole('textbox', { name: 'Notes' })).toHaveValue('Works at 0.7.')
  })

  await test.step('back returns to where the list was', async () => {
    await page.goto(`${server.base}/library?q=base:sdxl`)
    await expect(cards(page).first()).toBeVisible()
    await page.mouse.move(800, 600)
    await page.mouse.wheel(0, 1500)
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(1500)
    const title = await nameOf(cards(page).nth(14))
    const card = cardOf(page, title)
    await card.scrollIntoViewIfNeeded()
    const scrolled = await page.evaluate(() => window.scrollY)
    await card.getByRole('link').click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(title)
    await page.goBack()
    await expect(page).toHaveURL(/q=base(%3A|:)sdxl/)
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(scrolled)
    await expect(card).toBeInViewport()
  })

  await test.step('many are changed at once, and that is undone', async () => {
    await page.goto(`${server.base}/library?q=base:sdxl`)
    const all = await server.api.count('base:sdxl')
    await cards(page).nth(0).getByRole('checkbox').click()
    const bar = page.getByRole('toolbar', { name: 'Selected adapters' })
    await expect(bar).toContainText('1 selected')
    await cards(page).nth(3).getByRole('link').click({ modifiers: ['Shift'] })
    await expect(bar).toContainText('4 selected')
    await bar.getByRole('button', { name: /^Select all/ }).click()
    await expect(bar).toContainText(`${String(all)} selected`)
    await bar.getByRole('button', { name: 'Add tags …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add tags' })
    await dialog.getByRole('combobox').or(dialog.getByRole('textbox')).first().fill('kept')
    await page.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await expect(page.getByText(`Tags added to ${String(all)} adapters`).first()).toBeVisible()
    expect(await server.api.count('base:sdxl tag:kept')).toBe(all)
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await until('the tags are gone', async () => (await server.api.count('tag:kept')) === 0)
  })

  await test.step('the trash gives back what it was given', async () => {
    await page.goto(`${server.base}/library`)
    await cards(page).nth(0).getByRole('link').click({ modifiers: ['ControlOrMeta'] })
    await page.keyboard.press('Delete')
    await expect(status).toHaveText('399 adapters')
    expect((await server.api.summary()).trashed).toBe(1)
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await expect(status).toHaveText('400 adapters')
    expect((await server.api.summary()).trashed).toBe(0)
  })
})

test('the sample library is one click away', async ({ start, open }) => {
  const server = await start()
  const page = await open(server)
  await page.getByRole('button', { name: 'Try the sample library' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dashboard')
  await expect.poll(async () => (await server.api.summary()).adapters).toBeGreaterThan(0)
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible()
})
