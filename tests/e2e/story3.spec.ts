import { readFile, rename } from 'node:fs/promises'
import type { Locator, Page } from '@playwright/test'
import type { Adapter, Api, Result } from './support/api.ts'
import { stemOf } from './support/studio.ts'
import { expect, settled, test } from './support/test.ts'

test('what fits, how it goes and how it is', async ({ server, engine, open, dir }) => {
  const { api } = server
  const adapters = await api.adapters('base:sdxl has:preview')
  const [first, second] = adapters as [Adapter, Adapter]
  const other = (await api.adapters('-base:sdxl -is:unreadable -is:unsafe has:preview'))[0]!
  const sick = await engine({ kind: 'sdnext', habit: 'no_pictures' })
  await api.addEngine('sick', { kind: 'sdnext', url: sick.url })
  await api.reached('sick')

  const made = await test.step('images are made, some kept, some in vain', () => make(api, first, second))
  const succeeded = made.filter(({ raw_status }) => raw_status === 'succeeded')
  const failed = made.filter(({ raw_status }) => raw_status === 'failed')
  const page = await open(server, '/analytics')

  await test.step('the figures are those of the jobs that were run', async () => {
    const tile = (name: string) => page.getByRole('list', { name: 'Figures of the period' }).getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) })
    await expect(tile('Generations')).toContainText(String(made.length))
    await expect(tile('Success')).toContainText(share(succeeded.length / (succeeded.length + failed.length)))
    await expect(tile('Success')).toContainText(`${String(failed.length)} failed`)
    await expect(tile('Images')).toContainText(String(succeeded.flatMap(({ images }) => images).length))
    await expect(tile('Kept')).toContainText(`${share(3 / succeeded.length)} of successes`)
    const volume = await table(page, 'Volume')
    await expect.poll(() => total(volume, 'Succeeded')).toBe(succeeded.length)
    expect(await total(volume, 'Failed')).toBe(failed.length)
    const used = page.getByRole('table', { name: 'Most used' })
    for (const { id, name } of [first, second]) {
      const uses = succeeded.filter(({ adapters: all }) => all.some((one) => one.name === name || one.name === stemOf(id === first.id ? first : second)))
      await expect(used.getByRole('row').filter({ hasText: name }).getByRole('cell').first()).toHaveText(String(uses.length))
    }
  })

  await test.step('every range draws its charts anew, and stays after a reload', async () => {
    const ranges = page.getByRole('group', { name: 'Span of time' })
    for (const range of ['90 days', '30 days', '7 days', '24 h']) {
      await ranges.getByRole('button', { name: range }).click()
      await expect(page.getByRole('img', { name: new RegExp(`^${String(made.length)} generations`) })).toBeVisible()
    }
    await ranges.getByRole('button', { name: '30 days' }).click()
    await expect(page).toHaveURL(/range=30d/)
    await page.reload()
    await expect(ranges.getByRole('button', { name: '30 days' })).toHaveAttribute('aria-pressed', 'true')
    await settled(page)
  })

  await test.step('an error says why, and leads to its job', async () => {
    const errors = page.getByRole('region', { name: 'Errors' })
    await expect(errors).toContainText(`${String(failed.length)} times`)
    await expect(errors).toContainText('sick')
    await errors.getByRole('link', { name: /^Job / }).first().click()
    await expect(page).toHaveURL(new RegExp(failed.map(({ id }) => id).join('|')))
    await page.goBack()
  })

  await test.step('the export says the same', async () => {
    await page.getByRole('button', { name: 'Export' }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'Volume as CSV' }).click()
    const lines = (await readFile(await (await saved).path(), 'utf8')).trim().split(/\r?\n/).map((line) => line.split(','))
    const column = lines[0]!.indexOf('succeeded')
    expect(lines.slice(1).reduce((sum, line) => sum + Number(line[column]), 0)).toBe(succeeded.length)
  })

  await test.step('what was used together is recommended, with the reason', async () => {
    await page.goto(`/recommendations?way=adapter&adapter=${first.id}`)
    await expect(card(page, second)).toContainText(/together/)
    await expect(card(page, other), 'another base model never fits').toHaveCount(0)
    await card(page, second).getByText('Scores in detail').click()
    await expect(card(page, second)).toContainText('Used together')
  })

  await test.step('what is not for me stays away until I take it back', async () => {
    await card(page, second).getByRole('button', { name: `${second.name}: not for me` }).click()
    await expect(card(page, second)).toContainText('Not for you')
    await page.reload()
    await expect(page.getByText('left out that you turned down')).toBeVisible()
    await expect(card(page, second)).toHaveCount(0)
    await page.getByRole('button', { name: 'Tune the recommendations' }).click()
    await page.getByRole('tab', { name: 'Feedback' }).click()
    await page.getByRole('button', { name: `Withdraw the feedback on ${second.name}` }).click()
    await page.reload()
    await expect(card(page, second)).toBeVisible()
  })

  await test.step('a prompt finds the adapter whose words it has', async () => {
    await api.patch(first.id, { triggers: ['zeppelin'] })
    await page.goto('/recommendations?way=prompt')
    await page.getByLabel('Prompt', { exact: true }).fill('two zeppe-lins over a town')
    await page.getByRole('button', { name: 'Find adapters' }).click()
    await expect(page.getByRole('article').first().getByRole('heading')).toHaveText(first.name)
  })

  await test.step('what fits is at hand on the page of an adapter and beside a composition', async () => {
    await page.goto(`/library/${first.id}`)
    await expect(page.getByRole('list', { name: 'Similar adapters' }).getByRole('link', { name: second.name }).first()).toBeVisible()
    await page.goto('/compose')
    await api.patch(first.id, { active: true })
    await expect(page.getByRole('heading', { name: /Fits/ })).toBeVisible()
    await settled(page)
  })

  await test.step('the dashboard and the status say how it is, and what to do', async () => {
    await page.goto('/')
    await expect(page.getByRole('link', { name: new RegExp(`^${String(made.length)} generations`) })).toBeVisible()
    await page.goto('/settings/status')
    await expect(page.getByRole('heading', { name: 'Database' })).toBeVisible()
    await expect(page.getByRole('region', { name: 'Jobs and workers' })).toContainText('Alive')
    await rename(`${dir}/loras`, `${dir}/elsewhere`)
    await page.getByRole('button', { name: 'Look again now' }).click()
    const storage = page.getByRole('region', { name: 'Storage' })
    await expect(storage.getByRole('listitem').filter({ hasText: 'cannot be reached' })).toBeVisible()
    await expect(page.getByRole('region', { name: 'System' })).not.toContainText('All is well')
    await rename(`${dir}/elsewhere`, `${dir}/loras`)
    await page.getByRole('button', { name: 'Look again now' }).click()
    await expect(storage.getByRole('listitem').filter({ hasText: 'cannot be reached' })).toHaveCount(0)
  })
})

/** Eight jobs: five with both adapters, of which three are kept, one with the first only, and two in vain. */
async function make(api: Api, first: Adapter, second: Adapter): Promise<Result[]> {
  const both = `<lora:${stemOf(first)}:0.8> <lora:${stemOf(second)}:0.6>`
  const prompts = [...Array<string>(5).fill(`a lighthouse ${both}`), `a boat <lora:${stemOf(first)}:0.8>`]
  const ids: string[] = []
  for (const [index, prompt] of prompts.entries()) ids.push(await api.generate({ prompt, batch_size: 1 + (index % 2), seed: index }))
  for (const words of ['in vain', 'in vain again']) ids.push(await api.generate({ prompt: words }, 'sick'))
  const made: Result[] = []
  for (const id of ids) made.push(await api.ended(id))
  await api.call('PUT', `/generation/results/${ids[0]!}/rating`, { rating: 5 })
  await api.call('PUT', `/generation/results/${ids[1]!}/rating`, { rating: 4 })
  await api.call('PUT', `/generation/results/${ids[2]!}/favorite`, { is_favorite: true })
  return made
}

const card = (page: Page, { name }: Adapter): Locator => page.getByRole('article').filter({ hasText: name })

const share = (part: number): string => new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 }).format(part)

/** Opens the table that says the same as a chart. */
async function table(page: Page, title: string): Promise<Locator> {
  await page.getByRole('button', { name: `Table: ${title}` }).click()
  return page.getByRole('region', { name: title, exact: true }).getByRole('table')
}

/** The sum of a column. */
async function total(of: Locator, column: string): Promise<number> {
  const heads = await of.getByRole('columnheader').allTextContents()
  const at = heads.findIndex((head) => head.trim() === column)
  let sum = 0
  for (const row of (await of.getByRole('row').all()).slice(1)) sum += Number(await row.getByRole('cell').nth(at - 1).textContent())
  return sum
}
