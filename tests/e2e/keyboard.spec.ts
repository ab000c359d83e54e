import type { Page } from '@playwright/test'
import { cards, grid, nameOf } from './support/cards.ts'
import { made } from './support/studio.ts'
import { expect, test } from './support/test.ts'

const focusedIndex = (page: Page) =>
  page.evaluate(() => Number(document.activeElement?.closest<HTMLElement>('[data-index]')?.dataset.index ?? -1))
const search = (page: Page) => page.getByLabel('Search the library')
const heading = (page: Page) => page.locator('h1')

test('pages are reached by two keys', async ({ shared, open }) => {
  const page = await open(shared)
  await expect(heading(page)).toHaveText('Dashboard')
  for (const [key, title] of [
    ['l', 'Library'],
    ['c', 'Compose'],
    ['g', 'Generate'],
    ['h', 'History'],
    ['t', 'Transfer'],
    ['s', 'Settings'],
    ['d', 'Dashboard'],
  ]) {
    await page.keyboard.press('g')
    await page.keyboard.press(key!)
    await expect(heading(page)).toHaveText(title!)
    await expect(heading(page), 'the new page is read from its top').toBeFocused()
  }
})

test('the slash finds the search on every page', async ({ shared, open }) => {
  const page = await open(shared)
  for (const address of ['/', '/library', '/settings', '/library/duplicates']) {
    await page.goto(address)
    await expect(heading(page)).toBeVisible()
    await page.keyboard.press('/')
    await expect(search(page)).toBeFocused()
    await expect(search(page)).toHaveValue('')
  }
})

test('the library is driven by keys', async ({ server, open }) => {
  const page = await open(server, '/library')
  await expect(cards(page).first()).toBeVisible()

  await page.keyboard.press('j')
  expect(await focusedIndex(page)).toBe(0)
  await page.keyboard.press('l')
  expect(await focusedIndex(page)).toBe(1)
  await page.keyboard.press('ArrowRight')
  expect(await focusedIndex(page)).toBe(2)
  const columns = Number(await grid(page).getAttribute('aria-colcount'))
  await page.keyboard.press('ArrowDown')
  expect(await focusedIndex(page)).toBe(2 + columns)
  await page.keyboard.press('k')
  expect(await focusedIndex(page)).toBe(2)

  const card = grid(page).locator('[data-index="2"]')
  const name = await nameOf(card)
  await page.keyboard.press('x')
  await expect(card).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByRole('toolbar')).toContainText('1 selected')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('toolbar')).toHaveCount(0)

  await page.keyboard.press('a')
  await expect(card.getByRole('switch')).toBeChecked()
  await expect.poll(async () => (await server.api.adapters('is:active')).map((adapter) => adapter.name)).toEqual([name])

  await page.keyboard.press('ControlOrMeta+a')
  await expect(page.getByRole('toolbar')).toContainText('72 selected')
  await page.keyboard.press('Escape')

  await page.keyboard.press('Enter')
  await expect(heading(page)).toHaveText(name)
  await page.keyboard.press('Escape')
  await expect(heading(page)).toHaveText('Library')
  await expect(card).toBeVisible()
  await page.keyboard.press('j')
  await expect.poll(() => focusedIndex(page), 'the keyboard is where it was').toBe(2)

  await page.keyboard.press('e')
  await expect(page.getByRole('dialog', { name: 'Edit adapter' })).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(heading(page)).toHaveText(name)
})

test('the list view moves by rows', async ({ shared, open }) => {
  const page = await open(shared, '/library?view=list')
  await expect(cards(page).first()).toBeVisible()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  expect(await focusedIndex(page)).toBe(1)
  await page.keyboard.press('End')
  await expect.poll(() => focusedIndex(page)).toBe(69)
  await expect(grid(page).locator('[data-index="69"]')).toBeInViewport()
  await page.keyboard.press('Home')
  await expect.poll(() => focusedIndex(page)).toBe(0)
})

test('no shortcut fires inside a text field', async ({ server, open }) => {
  const page = await open(server, '/library')
  await expect(cards(page).first()).toBeVisible()
  await page.keyboard.press('/')
  await page.keyboard.type('g l x a e ? j k')
  await expect(search(page)).toHaveValue('g l x a e ? j k')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('toolbar')).toHaveCount(0)
  expect(await server.api.adapters('is:active')).toHaveLength(0)

  await page.keyboard.press('ControlOrMeta+a')
  const marked = await search(page).evaluate((input: HTMLInputElement) => [input.selectionStart, input.selectionEnd])
  expect(marked, 'Ctrl+A marks the text').toEqual([0, 15])
  await expect(page.getByRole('toolbar')).toHaveCount(0)
  await page.keyboard.press('Delete')
  await expect(search(page)).toHaveValue('')
  expect((await server.api.summary()).trashed, 'Delete deletes the text').toBe(0)
})

test('notes keep their letters', async ({ server, open }) => {
  const [adapter] = await server.api.adapters('has:preview')
  const page = await open(server, `/library/${adapter!.id}`)
  await page.getByRole('textbox', { name: 'Notes' }).click()
  await page.keyboard.type('a e ? / x')
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.press('Delete')
  await expect(page.getByRole('textbox', { name: 'Notes' })).toHaveValue('')
  await expect(heading(page)).toHaveText(adapter!.name)
  expect(await server.api.adapter(adapter!.id)).toMatchObject({ active: false, file_state: 'ok' })
})

test('a composition is saved and sent, and a job queued, without leaving the text', async ({ server, open }) => {
  const page = await open(server, '/compose')
  await page.getByLabel('Before the adapters').fill('a lighthouse')
  await page.keyboard.press('ControlOrMeta+s')
  await page.getByRole('dialog', { name: 'Save composition as' }).getByLabel('Name').fill('Lighthouses')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Lighthouses · version 1')).toBeVisible()
  await page.getByLabel('Before the adapters').fill('a lighthouse at dusk')
  await page.keyboard.press('ControlOrMeta+s')
  await expect(page.getByText('Lighthouses · version 2')).toBeVisible()
  expect(await server.api.compositions()).toMatchObject([{ name: 'Lighthouses', version: 2 }])

  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(heading(page)).toHaveText('Generate')
  await page.getByLabel('Prompt', { exact: true }).press('End')
  await page.keyboard.type(', g h')
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(made(page).getByRole('link', { name: 'a lighthouse at dusk, g h' })).toBeVisible()
  expect(await server.api.history()).toMatchObject([{ prompt: 'a lighthouse at dusk, g h' }])
})

test('the history and its viewer are driven by keys', async ({ server, open }) => {
  const { api } = server
  const ids: string[] = []
  for (const prompt of ['third', 'second', 'first']) {
    ids.unshift(await api.generate({ prompt }))
    await api.ended(ids[0]!)
  }
  const page = await open(server, '/history')
  const viewer = page.getByRole('dialog', { name: 'Result' })
  const shows = (prompt: string) => expect(viewer.getByRole('img', { name: prompt })).toBeVisible()
  await expect(page.getByRole('gridcell')).toHaveCount(3)

  await page.keyboard.press('j')
  await page.keyboard.press('x')
  await expect(page.getByRole('toolbar', { name: 'Selected results' })).toContainText('1 selected')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
  await shows('first')
  await page.keyboard.press('ArrowRight')
  await shows('second')
  await page.keyboard.press('k')
  await shows('first')
  await page.keyboard.press('j')
  await shows('second')
  await page.keyboard.press('5')
  await page.keyboard.press('f')
  await expect.poll(() => api.result(ids[1]!)).toMatchObject({ rating: 5, is_favorite: true })
  await page.keyboard.press('z')
  await expect(viewer.getByRole('button', { name: 'Show the whole image' })).toBeVisible()
  await page.keyboard.press('z')
  await expect(viewer.getByRole('button', { name: 'Zoom in' })).toBeVisible()
  await page.keyboard.press('Delete')
  await shows('third')
  expect(await api.history()).toHaveLength(2)
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(async () => (await api.history()).length, 'undo is in reach of the viewer').toBe(3)
  await expect(viewer.getByText('3 of 3')).toBeVisible()
  await shows('third')
  await page.keyboard.press('Escape')
  await expect(viewer).toHaveCount(0)
  await expect.poll(() => focusedIndex(page), 'the keyboard is where the viewer was').toBe(2)
})

test('the palette runs what was typed', async ({ shared, open }) => {
  const page = await open(shared)
  await expect(heading(page)).toBeVisible()
  await page.keyboard.press('ControlOrMeta+k')
  const palette = page.getByRole('dialog', { name: 'Actions' })
  await expect(palette).toBeVisible()
  await page.keyboard.type('settings')
  await page.keyboard.press('Enter')
  await expect(palette).toHaveCount(0)
  await expect(heading(page)).toHaveText('Settings')

  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('vintage radio')
  await page.keyboard.press('Enter')
  await expect(heading(page)).toHaveText('Library')
  await expect(page).toHaveURL(/q=vintage(\+|%20)radio/)
})

test('the question mark lists the shortcuts of the page', async ({ shared, open }) => {
  const page = await open(shared, '/library')
  await expect(cards(page).first()).toBeVisible()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(help).toContainText('Go to Library')
  await expect(help).toContainText('Select')
  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(heading(page), 'nothing happens behind the dialog').toHaveText('Library')
  await page.keyboard.press('Escape')
  await expect(help).toHaveCount(0)
})

test('dialogs give the focus back to what opened them', async ({ shared, open }) => {
  const [adapter] = await shared.api.adapters('has:notes')
  const page = await open(shared, `/library/${adapter!.id}`)
  const edit = page.getByRole('button', { name: 'Edit', exact: true })
  await edit.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(edit).toBeFocused()

  const menu = page.getByRole('main').getByRole('button', { name: `Actions for ${adapter!.name}` })
  for (const item of ['Rename file …', 'Move …']) {
    await menu.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: item }).press('Enter')
    await expect(page.getByRole('dialog')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await expect(menu).toBeFocused()
  }

  const help = page.getByRole('button', { name: 'Keyboard shortcuts' })
  await help.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(help).toBeFocused()
})

test('the first Tab offers to skip to the content', async ({ shared, open }) => {
  const page = await open(shared)
  await expect(heading(page)).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: 'Skip to the content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
})

test('backups are named, deleted and scheduled by keys', async ({ server, open }) => {
  const { api } = server
  await api.backUp('to be deleted')
  const page = await open(server, '/transfer/export')
  const tab = (name: string) => page.getByRole('tab', { name })
  await tab('Export').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await expect(page).toHaveURL(/\/transfer\/backups$/)
  await expect(tab('Backups')).toBeFocused()

  const actions = page.getByRole('button', { name: /^Actions for the backup of / })
  await actions.press('Enter')
  await page.getByRole('menuitem', { name: 'Delete …' }).press('Enter')
  const question = page.getByRole('alertdialog')
  await question.getByRole('button', { name: 'Cancel' }).press('Enter')
  await expect(actions, 'nothing was done, so the keyboard is where it was').toBeFocused()
  await actions.press('Enter')
  await page.getByRole('menuitem', { name: 'Delete …' }).press('Enter')
  await question.getByRole('button', { name: 'Delete' }).press('Enter')
  await expect(page.getByText('No backup yet')).toBeVisible()
  const card = page.locator('[tabindex="-1"]', { has: page.getByRole('heading', { name: 'Backups', exact: true }) }).last()
  await expect(card, 'the row is gone, and the keyboard at the start of its card').toBeFocused()

  const add = page.getByRole('button', { name: 'Add a schedule' })
  await add.press('Enter')
  await page.getByRole('dialog').getByLabel('Name').fill('Every night')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('switch', { name: 'Make backups of Every night' })).toBeChecked()
  await expect(add).toBeFocused()
})
