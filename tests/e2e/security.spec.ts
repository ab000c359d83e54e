import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { writeAdapter } from './support/files.ts'
import { pages } from './support/pages.ts'
import { expect, settled, test } from './support/test.ts'

// Shared with the tests of the server. Each marks window.__xss or asks 127.0.0.1:9 when it runs.
const payloads = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../security/testdata/xss.json'), 'utf8'),
) as string[]
/** What a file may be called, with that text in it. */
const asFileName = (text: string) => text.replaceAll('/', '∕').replaceAll(/[\u0000-\u001f]/g, '').slice(0, 80)
const asFolder = asFileName('<img src=x onerror=window.__xss=1>')

test('no text of a file or a user ever runs as a script', async ({ dir, start, open, watch }) => {
  test.setTimeout(300_000)
  const library = path.join(dir, 'loras')
  await writeHostileLibrary(library)
  const server = await start({ roots: [library] })
  await server.api.scanned()
  const adapters = await server.api.adapters()
  expect(adapters).toHaveLength(payloads.length)
  for (const [index, { id }] of adapters.entries()) {
    // Half of them keep what their files and sidecars say.
    if (index % 2 === 1) await server.api.patch(id, everyField(payloads[index]!, index))
  }
  for (const payload of payloads) await server.api.call('POST', '/searches', { name: payload.slice(0, 60).trim(), q: '' })
  const [root] = (await server.api.call<{ roots: { id: string }[] }>('GET', '/roots')).roots
  await server.api.call('PATCH', `/roots/${root!.id}`, { name: '<img src=x onerror=window.__xss=1>' })

  const page = await open(server, '/library')
  await step(page, 'the dashboard', '/')
  await step(page, 'the grid', '/library')
  await page.getByRole('button', { name: 'Saved searches' }).click()
  await expect(page.getByRole('dialog')).toContainText('window.__xss')
  await unharmed(page)
  await step(page, 'the list', '/library?view=list')
  await step(page, 'duplicates', '/library/duplicates')
  await step(page, 'settings', '/settings')
  await step(page, 'a query', `/library?q=${encodeURIComponent('<img src=x onerror=window.__xss=1>')}`)
  await step(page, 'an address', `/${encodeURIComponent('<img src=x onerror=alert(1)>')}`)

  await page.goto('/library')
  await page.getByRole('combobox', { name: 'Search the library' }).pressSequentially('tag:')
  await expect(page.getByRole('option').first()).toBeVisible()
  await unharmed(page)

  for (const [index, { id, name }] of adapters.entries()) {
    await step(page, `adapter ${String(index)}: ${name}`, `/library/${id}`)
    await expect(page.locator('h1')).toHaveCount(1)
  }
  watch.check()

  await page.goto(`/library/${adapters[1]!.id}?edit=1`)
  await expect(page.getByRole('dialog')).toBeVisible()
  await unharmed(page)
})

test('links in descriptions are safe to follow', async ({ server, open }) => {
  const [adapter] = await server.api.adapters('has:preview')
  await server.api.patch(adapter!.id, {
    description: '<p><a href="https://example.org/page">good</a> <a href="javascript:alert(1)">bad</a></p>',
    source_url: 'https://example.org/model',
  })
  const page = await open(server, `/library/${adapter!.id}`)
  const good = page.getByRole('link', { name: 'good' })
  await expect(good).toHaveAttribute('rel', /noopener/)
  await expect(good).toHaveAttribute('rel', /noreferrer/)
  await expect(page.getByText('bad')).toBeVisible()
  await expect(page.locator('a[href^="javascript" i]')).toHaveCount(0)
})

test('no page breaks the policy that the server sets for it', async ({ shared, open, watch }) => {
  watch.allow(/no-such-(adapter|export)/)
  const page = await open(shared)
  const answer = await page.goto('/')
  const policy = answer?.headers()['content-security-policy'] ?? ''
  expect(policy).toContain("script-src 'self'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toContain('unsafe-eval')
  for (const { address } of pages) {
    await page.goto(await address(shared.api))
    await settled(page)
    expect(await page.locator('script:not([src])').count(), 'no script stands in the page').toBe(0)
  }
})

async function step(page: Page, what: string, address: string): Promise<void> {
  await test.step(what, async () => {
    await page.goto(address)
    await settled(page)
    await unharmed(page)
  })
}

/** Nothing has run and nothing that could run has become part of the page. */
async function unharmed(page: Page): Promise<void> {
  const harm = await page.evaluate(() => ({
    ran: '__xss' in window,
    elements: [...document.querySelectorAll('script:not([src]), iframe, object, embed, base, link[href*=":9"]')]
      .filter((element) => !(element instanceof HTMLBaseElement) || element.href.includes(':9'))
      .map((element) => element.outerHTML),
    handlers: [...document.querySelectorAll('*')]
      .filter((element) => element.getAttributeNames().some((name) => name.startsWith('on')))
      .map((element) => element.outerHTML.slice(0, 200)),
    links: [...document.querySelectorAll('a[href]')]
      .map((link) => link.getAttribute('href') ?? '')
      .filter((address) => /^\s*(javascript|data|vbscript):/i.test(address)),
  }))
  expect(harm).toEqual({ ran: false, elements: [], handlers: [], links: [] })
}

function everyField(text: string, index: number): object {
  return {
    name: `${text} ${String(index)}`,
    version: text.slice(0, 60),
    author_username: text,
    description: text,
    notes: text,
    activation_text: text,
    negative_text: text,
    tags: [text],
    triggers: [text],
    trained_words: [text],
  }
}

/** One adapter for each payload, which stands in its name, its metadata and its sidecar. */
async function writeHostileLibrary(dir: string): Promise<void> {
  await mkdir(path.join(dir, asFolder), { recursive: true })
  for (const [index, payload] of payloads.entries()) {
    const folder = index % 3 === 0 ? path.join(dir, asFolder) : dir
    const name = `${String(index)} ${asFileName(payload)}`
    const metadata = {
      ss_output_name: payload,
      ss_tag_frequency: JSON.stringify({ [payload]: { [payload]: 9 } }),
      'modelspec.title': payload,
      'modelspec.author': payload,
      'modelspec.description': payload,
      'modelspec.trigger_phrase': payload,
      ss_training_comment: payload,
    }
    await writeAdapter(path.join(folder, `${name}.safetensors`), { salt: index, metadata })
    const sidecar = {
      id: index,
      modelId: index,
      name: payload,
      description: payload,
      baseModel: payload,
      trainedWords: [payload],
      model: { name: payload, type: 'LORA', tags: [payload], description: payload, creator: { username: payload } },
      images: [{ url: 'http://127.0.0.1:9/pixel.png', meta: { prompt: payload } }],
    }
    await writeFile(path.join(folder, `${name}.civitai.info`), JSON.stringify(sidecar))
  }
}
