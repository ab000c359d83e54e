import { stemOf } from './support/studio.ts'
import { expect, test } from './support/test.ts'

test('a picture that is dropped becomes the composition it was made from', async ({ server, open }) => {
  const { api } = server
  const [first, second] = await api.adapters('base:sdxl has:preview')
  const prompt = `a lighthouse <lora:${stemOf(first!)}:0.7> <lora:${stemOf(second!)}:0.3>`
  const { images } = await api.ended(await api.generate({ prompt, negative_prompt: 'fog', seed: 4711 }))
  const page = await open(server, '/compose')
  await expect(page.getByText('No adapter yet')).toBeVisible()
  const dropped = await page.evaluateHandle(async (url) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([await (await fetch(url)).blob()], 'lighthouse.png', { type: 'image/png' }))
    return transfer
  }, images[0]!.url)
  await page.dispatchEvent('main', 'drop', { dataTransfer: dropped })

  const dialog = page.getByRole('dialog', { name: 'Rebuild a composition' })
  await expect(dialog).toContainText('2 adapters found in your library')
  await expect(dialog).toContainText('lighthouse.png')
  await expect(dialog).toContainText('Seed: 4711')
  await dialog.getByRole('button', { name: 'Use this' }).click()
  const entries = page.getByRole('region', { name: 'Adapters' })
  for (const [adapter, weight] of [[first!, '0.7'], [second!, '0.3']] as const) {
    await expect(entries.getByRole('link', { name: adapter.name })).toBeVisible()
    await expect(page.getByRole('spinbutton', { name: `Weight of ${adapter.name}` })).toHaveValue(weight)
  }
  await expect(page.getByLabel('Before the adapters')).toHaveValue('a lighthouse')
  await expect(page.getByLabel('Negative prompt', { exact: true })).toHaveValue('fog')
})

test('what a pasted prompt names and the library lacks is listed', async ({ shared, open }) => {
  const [adapter] = await shared.api.adapters('base:sdxl has:preview')
  const text = [
    `a harbour <lora:${stemOf(adapter!)}:0.7> <lora:never heard of:0.5>`,
    'Negative prompt: fog',
    'Steps: 30, Sampler: Euler a, CFG scale: 6.5, Seed: 12345, Size: 512x768, Lora hashes: "never heard of: 0123456789ab"',
  ].join('\n')
  const page = await open(shared, '/compose')
  await expect(page.getByText('No adapter yet')).toBeVisible()
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog', { name: 'Rebuild a composition' })
  await dialog.getByLabel('Prompt or parameters').fill(text)
  await expect(dialog).toContainText('1 adapter found in your library')
  await expect(dialog).toContainText('1 adapter not found')
  await expect(dialog.getByText(/^never heard of/)).toBeVisible()
  await expect(dialog, 'what is known of it helps to find it').toContainText('0123456789ab')
  await dialog.getByRole('button', { name: 'Use this' }).click()
  await expect(page.getByText('Not in your library')).toBeVisible()
  await expect(page.getByRole('switch', { name: 'Use never heard of' }), 'it waits switched off').not.toBeChecked()
})

test('a result of the history becomes a composition again', async ({ server, open }) => {
  const { api } = server
  const [adapter] = await api.adapters('base:sdxl has:preview')
  const id = await api.generate({ prompt: `a boat <lora:${stemOf(adapter!)}:0.6>` })
  await api.ended(id)
  const page = await open(server, `/history/${id}`)
  await page.getByRole('link', { name: 'Rebuild composition' }).click()
  await expect(page.locator('h1')).toHaveText('Compose')
  await expect(page.getByRole('spinbutton', { name: `Weight of ${adapter!.name}` })).toHaveValue('0.6')
  await expect(page.getByLabel('Before the adapters')).toHaveValue('a boat')
})
