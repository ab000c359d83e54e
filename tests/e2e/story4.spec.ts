import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Locator, Page } from '@playwright/test'
import type { Api } from './support/api.ts'
import { cloneTree } from './support/files.ts'
import { Server } from './support/server.ts'
import { expect, settled, test } from './support/test.ts'

test('leaving with everything, coming back, and moving in', async ({ server, open, dir, sample }) => {
  const { api } = server
  const [kept, judged] = await api.adapters('has:preview')
  await api.patch(kept!.id, { notes: 'Never above 0.6.', rating: 5, favorite: true, tags: ['mine', 'second'], weight: 0.6 })
  await api.patch(judged!.id, { notes: 'For backgrounds.' })
  await api.call('POST', '/compositions', {
    name: 'Evening',
    prefix: 'an evening',
    negative: 'day',
    entries: [{ adapter_id: kept!.id, name: kept!.name, weight: 0.6, enabled: true }],
  })
  const made = await api.generate({ prompt: `an evening <lora:${kept!.file_name.replace(/\.safetensors$/, '')}:0.6>` })
  const { images } = await api.ended(made)
  const total = await api.count('')
  const archive = path.join(dir, 'everything.zip')
  const page = await open(server, '/transfer/export')

  await test.step('the size is told before anything is written', async () => {
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Transfer')
    const size = page.getByRole('complementary').or(page.getByRole('region', { name: 'Size' })).or(page.locator('section', { hasText: 'about' })).first()
    await expect(size).toContainText(`${String(total)} adapters`)
  })

  await test.step('everything is exported and downloaded', async () => {
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    const link = page.getByRole('link', { name: /^Download lora_export/ })
    const saved = page.waitForEvent('download')
    await link.click()
    await (await saved).saveAs(archive)
  })

  const other = await Server.start({ dir: path.join(dir, 'other'), roots: [await emptyFolder(dir, 'other/loras')] })
  const there = await open(other, '/transfer/import')

  await test.step('another server shows what would come, and takes it', async () => {
    await bringIn(there, archive)
    await expect(there.getByRole('group', { name: 'Show' }).getByRole('button', { name: /^New/ })).toContainText(String(total))
    await apply(there)
    expect(await other.api.count('')).toBe(total)
    expect(await adapterOf(other.api, kept!.id)).toMatchObject({ notes: 'Never above 0.6.', rating: 5, favorite: true, tags: ['mine', 'second'], weight: 0.6, file_state: 'ok' })
    expect((await other.api.compositions()).map(({ name }) => name)).toEqual(['Evening'])
    const result = await other.api.ended(made)
    expect(result.images.length).toBe(images.length)
    await there.goto(`/history/${made}`)
    await expect(there.getByRole('dialog').getByRole('img').first()).toBeVisible()
  })

  await test.step('what both sides have edited waits for a decision', async () => {
    await other.api.patch(judged!.id, { notes: 'For foregrounds.' })
    await there.goto('/transfer/import')
    await bringIn(there, archive)
    const conflicts = there.getByRole('group', { name: 'Show' }).getByRole('button', { name: /^Conflicts/ })
    await expect(conflicts).toContainText('1')
    await conflicts.click()
    await expect(there.getByRole('main')).toContainText(judged!.name)
    await expect(there.getByRole('main')).toContainText(/1 conflict waits for your decision/)
    await there.getByRole('combobox', { name: /^What wins in/ }).selectOption({ label: 'Take theirs' })
    await apply(there)
    expect((await adapterOf(other.api, judged!.id)).notes).toBe('For backgrounds.')
  })

  await test.step('a backup brings back what was lost', async () => {
    await page.goto('/transfer/backups')
    await page.getByRole('button', { name: 'Back up now' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('Note').fill('before the accident')
    await form.getByRole('button', { name: 'Back up', exact: true }).click()
    const backup = page.getByRole('listitem').filter({ hasText: 'before the accident' })
    await expect(backup).toContainText('Verified')
    await api.patch(kept!.id, { notes: '', tags: [] })
    await menuOf(page, backup, 'Restore …')
    const sure = page.getByRole('alertdialog').or(page.getByRole('dialog'))
    await sure.getByRole('checkbox', { name: 'Replace the present catalog' }).click()
    await sure.getByRole('button', { name: 'Restore', exact: true }).click()
    await expect(page.getByText('The backup was restored', { exact: true })).toBeVisible()
    expect(await adapterOf(api, kept!.id)).toMatchObject({ notes: 'Never above 0.6.', tags: ['mine', 'second'] })
    await expect(page.getByRole('listitem').filter({ hasText: 'Restore point' })).toBeVisible()
  })

  await test.step('what another manager left is found and moved in', async () => {
    const left = await emptyFolder(dir, 'left/models/Lora')
    const [file] = (await filesBelow(sample)).filter((name) => name.endsWith('.safetensors') && !name.includes('broken'))
    await cloneTree(path.dirname(file!), path.join(left, 'from-webui'))
    const stem = path.basename(file!, '.safetensors')
    await writeFile(path.join(left, 'from-webui', `${stem}.json`), JSON.stringify({ notes: 'from the other one', 'preferred weight': 0.4, 'activation text': 'moved' }))
    const own = await Server.start({ dir: path.join(dir, 'third'), roots: [await emptyFolder(dir, 'third/loras')] })
    const third = await open(own, '/transfer/move-in')
    await third.getByLabel('Folder', { exact: true }).first().fill(path.join(dir, 'left'))
    await third.getByRole('button', { name: 'Look there' }).click()
    await expect(third.getByRole('main')).toContainText('A1111 and Forge')
    await third.getByRole('button', { name: 'Compare with the library' }).click()
    await apply(third, 'Move in')
    const [moved] = await own.api.adapters('has:notes')
    expect(moved).toMatchObject({ notes: 'from the other one', weight: 0.4, file_state: 'ok' })
    await third.close()
    await own.stop()
  })

  await there.close()
  await other.stop()
})

async function emptyFolder(dir: string, name: string): Promise<string> {
  const full = path.join(dir, name)
  await mkdir(full, { recursive: true })
  return full
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).sort()
}

async function adapterOf(api: Api, id: string) {
  return api.adapter(id)
}

/** Uploads an archive and waits until it was compared with the library. */
async function bringIn(page: Page, archive: string): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles(archive)
  await expect(page.getByRole('main').getByText('Sent', { exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Compare with the library' }).click()
  await expect(page.getByRole('heading', { name: 'What would happen' })).toBeVisible()
}

/** Applies the plan that is shown and waits for its end. */
async function apply(page: Page, verb = 'Import'): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: `${verb} …` }).click()
  const sure = page.getByRole('alertdialog').or(page.getByRole('dialog'))
  await sure.getByRole('button', { name: verb, exact: true }).click()
  await expect(page.getByRole('link', { name: 'See the library, newest first' })).toBeVisible()
  await settled(page)
}

async function menuOf(page: Page, row: Locator, item: string): Promise<void> {
  await row.getByRole('button', { name: /^Actions for the backup/ }).click()
  await page.getByRole('menuitem', { name: item }).click()
}
