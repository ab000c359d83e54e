import { expect, test } from './support/test.ts'

test('an engine is tried out and set up', async ({ server, engine, open }) => {
  const login = { user: 'me', password: 'correct horse' }
  const { url } = await engine({ kind: 'sdnext', login })
  const page = await open(server, '/settings?section=engines')
  await page.getByRole('button', { name: 'Add an engine' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add an engine' })
  await dialog.getByLabel('Kind').selectOption('sdnext')
  await dialog.getByLabel('Name', { exact: true }).fill('next')
  await dialog.getByLabel('Address').fill(url)
  await dialog.getByLabel('User name').fill(login.user)
  await dialog.getByLabel('Password').fill('wrong')
  const answer = page.waitForResponse((response) => response.url().endsWith('/engines/test'))
  await dialog.getByRole('button', { name: 'Test' }).click()
  const { error, error_class } = (await (await answer).json()) as { error: string; error_class: string }
  expect(error_class).toBe('unauthorised')
  await expect(dialog.getByRole('status')).toHaveText(error)
  expect(await server.api.engine('next'), 'a trial sets nothing up').toBeUndefined()

  await dialog.getByLabel('Password').fill(login.password)
  await dialog.getByRole('button', { name: 'Test' }).click()
  await expect(dialog.getByRole('status')).toContainText('SD.Next')
  for (const capability of ['Samplers', 'Models', 'Cancels running jobs']) {
    await expect(dialog.getByRole('status').getByText(capability, { exact: true })).toBeVisible()
  }
  await dialog.getByRole('button', { name: 'Add an engine' }).click()
  await expect(dialog).toHaveCount(0)

  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'next' }) })
  await expect(row.getByText('Ready', { exact: true })).toBeVisible()
  expect(JSON.stringify(await server.api.engine('next'))).not.toContain(login.password)
  await row.getByRole('button', { name: 'Test' }).click()
  await expect(row.getByText('LoRAs it sees')).toBeVisible()
  await expect(row.getByText(/adapters of the library are unknown to it/).first()).toBeVisible()

  await row.getByRole('button', { name: 'Actions for next' }).click()
  await page.getByRole('menuitem', { name: 'Remove …' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove engine' }).click()
  await expect(row).toHaveCount(0)
  await expect.poll(() => server.api.engine('next')).toBeUndefined()
})
