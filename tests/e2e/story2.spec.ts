import type { Page } from '@playwright/test'
import { dialect, factOf, made, pathOf, picker, queue, runningJob } from './support/studio.ts'
import { expect, settled, test } from './support/test.ts'

test('from adapters to images', async ({ server, engine, open, watch }) => {
  const { api } = server
  const [first, second] = await api.adapters('base:sdxl has:preview')
  const loras = (await api.adapters('base:sdxl')).map(pathOf)
  for (const [name, kind] of [['comfy', 'comfyui'], ['next', 'sdnext']] as const) {
    await api.addEngine(name, { kind, url: (await engine({ kind, step: 15, loras })).url })
    await api.reached(name)
  }
  const page = await open(server, '/compose')
  const form = page.getByRole('form', { name: 'What to make' })

  await test.step('two adapters are composed', async () => {
    for (const { name } of [first!, second!]) {
      await picker(page).getByRole('combobox').fill(name)
      await page.keyboard.press('Enter')
      await picker(page).getByRole('option').filter({ hasText: name }).click()
    }
    const entries = page.getByRole('region', { name: 'Adapters' }).getByRole('listitem')
    await expect(entries.filter({ has: page.getByRole('switch') })).toHaveCount(2)
    await page.getByLabel('Before the adapters').fill('a lighthouse at dusk')
    await page.getByLabel('Negative prompt', { exact: true }).fill('fog')
    const weight = page.getByRole('spinbutton', { name: `Weight of ${first!.name}` })
    await weight.fill('0.8')
    await weight.press('Tab')
    await page.getByRole('button', { name: `More settings of ${first!.name}` }).click()
    await page.getByRole('checkbox', { name: 'Own weight for the text encoder' }).click()
    const encoder = page.getByRole('spinbutton', { name: `Text encoder weight of ${first!.name}` })
    await encoder.fill('0.5')
    await encoder.press('Tab')
  })

  await test.step('each program is written to in its own way', async () => {
    const a1111 = await dialect(page, 'A1111 / Forge')
    await expect(a1111, 'text encoder before backbone').toContainText(/<lora:[^:>]+:0\.500:0\.800>.*<lora:[^:>]+:[\d.]+>/)
    await expect(a1111).toContainText('a lighthouse at dusk')
    await expect(a1111).toContainText('fog')
    await expect(await dialect(page, 'SD.Next')).toContainText(/<lora:[^:>]+:0\.800:te=0\.500>/)
    for (const label of ['SwarmUI', 'ComfyUI']) {
      await expect(await dialect(page, label), 'backbone before text encoder').toContainText(/<lora:[^:>]+:0\.800:0\.500>/)
    }
    const matrix = await dialect(page, 'Stability Matrix')
    await expect(matrix).toContainText(/<lora:[^:>]+:0\.800>/)
    await expect(matrix, 'what cannot be said is told').toContainText('the text encoder weight of')
    await expect(await dialect(page, 'InvokeAI')).toContainText('"weight": 0.8')
    await expect(await dialect(page, 'stable-diffusion.cpp')).toContainText('"multiplier": 0.8')
  })

  await test.step('the composition is sent to the generate page', async () => {
    await page.getByRole('button', { name: 'Send to generate' }).click()
    await expect(page.locator('h1')).toHaveText('Generate')
    await expect(form.getByLabel('Prompt', { exact: true })).toHaveValue(/a lighthouse at dusk.*<lora:.*<lora:/s)
    await expect(form.getByLabel('Negative prompt')).toHaveValue('fog')
    await expect(form.getByText('From a composition of 2 adapters')).toBeVisible()
    await expect(form.getByRole('list', { name: 'Adapters in the prompt' }).getByRole('link')).toHaveCount(2)
  })

  await test.step('progress and previews show while it is made', async () => {
    await fill(page, { engine: 'comfy', steps: 120, width: 128, height: 96 })
    await form.getByText('Fixed', { exact: true }).click()
    await form.getByLabel('Seed value').fill('4711')
    await form.getByRole('button', { name: 'Generate' }).click()
    const job = runningJob(page, 'lighthouse')
    await expect(job.getByRole('img', { name: 'Preview of the picture as it is now' })).toBeVisible()
    await expect(job).toContainText('comfy')
    await expect(job).toContainText(/Step \d+ of 120/)
    expect(Number(await job.getByRole('progressbar').getAttribute('aria-valuenow'))).toBeGreaterThan(0)
    await expect(job).toHaveCount(0)
    await expect(made(page).getByRole('link', { name: /lighthouse/ })).toBeVisible()
  })

  const viewer = page.getByRole('dialog', { name: 'Result' })
  await test.step('the image is in the history with all that made it', async () => {
    await made(page).getByRole('link', { name: /lighthouse/ }).click()
    await expect(page).toHaveURL(/\/history\/[^/?]+/)
    await expect(viewer.getByRole('img', { name: 'a lighthouse at dusk' })).toBeVisible()
    for (const [fact, value] of [['Engine', 'comfy'], ['Seed', '4711'], ['Size', '128×96'], ['Steps', '120']] as const) {
      await expect(factOf(viewer, fact)).toHaveText(value)
    }
    const facts = viewer.getByRole('region', { name: 'How it was made' })
    await expect(facts.getByText('fog', { exact: true })).toBeVisible()
    const adapters = facts.getByRole('listitem').filter({ has: page.getByRole('link') })
    await expect(adapters).toHaveCount(2)
    await expect(adapters.first()).toContainText('0.8')
    await expect(adapters.first()).toContainText('0.5')
    const [result] = await api.history()
    expect(result).toMatchObject({ engine: 'comfy', seed: 4711, width: 128, height: 96, adapters: [{ found: true }, { found: true }] })
  })

  await test.step('it is rated, kept as a favourite, deleted and brought back', async () => {
    const result = async () => (await api.history())[0]
    await page.keyboard.press('4')
    await expect(viewer.getByRole('slider', { name: 'Rating' })).toHaveAttribute('aria-valuenow', '4')
    await viewer.getByRole('button', { name: 'Favourite' }).click()
    await expect.poll(result).toMatchObject({ rating: 4, is_favorite: true })
    await viewer.getByRole('button', { name: 'Move to the trash' }).click()
    await expect(viewer).toHaveCount(0)
    await expect(page.getByText('Nothing was made yet')).toBeVisible()
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByRole('grid', { name: 'Results' }).getByRole('link', { name: 'a lighthouse at dusk' })).toBeVisible()
    expect(await result()).toMatchObject({ rating: 4, is_favorite: true })
  })

  await test.step('all of it is used again', async () => {
    await page.getByRole('grid', { name: 'Results' }).getByRole('link', { name: 'a lighthouse at dusk' }).click()
    await viewer.getByRole('link', { name: 'Reuse everything' }).click()
    await expect(page.locator('h1')).toHaveText('Generate')
    await expect(form.getByLabel('Seed value')).toHaveValue('4711')
    await expect(form.getByLabel('Steps', { exact: true })).toHaveValue('120')
    await expect(form.getByLabel('Width', { exact: true })).toHaveValue('128')
    await expect(form.getByLabel('Engine', { exact: true })).toHaveValue('comfy')
    await expect(form.getByLabel('Prompt', { exact: true })).toHaveValue(/a lighthouse at dusk.*<lora:.*<lora:/s)
    await expect(form.getByLabel('Negative prompt')).toHaveValue('fog')
  })

  await test.step('a running job is cancelled, and stays so', async () => {
    await fill(page, { engine: 'next', steps: 1000 })
    await form.getByLabel('Prompt', { exact: true }).fill('never to be finished')
    await page.keyboard.press('ControlOrMeta+Enter')
    const job = runningJob(page, 'never to be finished')
    await expect(job.getByRole('img')).toBeVisible()
    await job.getByRole('button', { name: 'Cancel' }).click()
    await expect(job).toHaveCount(0)
    await expect(queue(page).getByText('Nothing runs and nothing waits.')).toBeVisible()
    const [cancelled] = await api.history('status=cancelled')
    expect(cancelled).toMatchObject({ prompt: 'never to be finished', engine: 'next', raw_status: 'cancelled', images: [] })
  })

  await test.step('the server is killed and the jobs are finished all the same', async () => {
    for (const [name, prompt] of [['comfy', 'goes on over there'], ['sketch', 'begins again']] as const) {
      await fill(page, { engine: name, steps: name === 'comfy' ? 300 : 900 })
      await form.getByLabel('Prompt', { exact: true }).fill(prompt)
      await form.getByRole('button', { name: 'Generate' }).click()
      await expect(runningJob(page, prompt).getByRole('img')).toBeVisible()
    }
    watch.allow(/WebSocket|ERR_CONNECTION_|ERR_EMPTY_RESPONSE|ERR_SOCKET/)
    await server.kill()
    await expect(page.getByRole('banner').getByText('Reconnecting')).toBeVisible()
    await server.start()
    await expect(page.getByRole('banner').getByText('Reconnecting')).toHaveCount(0)
    for (const prompt of ['goes on over there', 'begins again']) {
      await expect(made(page).getByRole('link', { name: new RegExp(prompt) })).toBeVisible()
      await expect(runningJob(page, prompt)).toHaveCount(0)
    }
    const jobs = await api.jobs()
    expect(jobs.map(({ raw_status }) => raw_status).sort()).toEqual(['cancelled', 'succeeded', 'succeeded', 'succeeded'])
    expect(jobs.find(({ prompt }) => prompt === 'goes on over there'), 'it was followed, not begun again').toMatchObject({ attempt: 1 })
    await settled(page)
  })
})

/** Fills in what is given, by the labels of the form. */
async function fill(page: Page, values: { engine?: string; steps?: number; width?: number; height?: number }): Promise<void> {
  const form = page.getByRole('form', { name: 'What to make' })
  if (values.engine) await form.getByLabel('Engine', { exact: true }).selectOption(values.engine)
  for (const [label, value] of [['Steps', values.steps], ['Width', values.width], ['Height', values.height]] as const) {
    if (value !== undefined) await form.getByLabel(label, { exact: true }).fill(String(value))
  }
}
