import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { pages } from './support/pages.ts'
import { expect, settled, test } from './support/test.ts'

const sizes = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
]
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

for (const { name, address, heading } of pages) {
  test(`${name} is a sound page in both themes and at every width`, async ({ shared, open, watch }, info) => {
    watch.allow(/404.*no-such-(adapter|export)|no-such-(adapter|export).*404/)
    const page = await open(shared, await address(shared.api))
    await settled(page)

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await expect(page.locator('html')).toHaveClass(colorScheme === 'dark' ? /\bdark\b/ : /^((?!\bdark\b).)*$/)
      for (const size of sizes) {
        await page.setViewportSize(size)
        await settled(page)
        await picture(page, info.outputPath(`${name}-${colorScheme}-${String(size.width)}.png`))
        await expectHeadings(page, heading)
        // Colours differ by theme and layout by width; the third pair of each would find nothing new.
        if (size.width === 1440 || (size.width === 390 && colorScheme === 'light')) await expectAccessible(page)
      }
    }

    await page.setViewportSize({ width: 360, height: 740 })
    await settled(page)
    expect(await overhang(page), 'nothing is wider than 360 px').toBeLessThanOrEqual(0)
    if (name === 'adapter-edit') await expect(page.getByRole('dialog')).toBeVisible()
  })
}

test('the first run is a sound page in both themes', async ({ start, open }, info) => {
  const page = await open(await start())
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const size of sizes) {
      await page.setViewportSize(size)
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome to LoRA Manager')
      await picture(page, info.outputPath(`first-run-${colorScheme}-${String(size.width)}.png`))
      if (size.width !== 768) await expectAccessible(page)
    }
  }
})

test('every page has a title of its own', async ({ shared, open, watch }) => {
  watch.allow(/no-such-(adapter|export)/)
  const page = await open(shared)
  const titles = new Map<string, string>()
  for (const { name, address } of pages) {
    await page.goto(await address(shared.api))
    await settled(page)
    titles.set(name, await page.title())
    expect(await page.title(), name).toMatch(/.+ · LoRA Manager$/)
  }
  const places = ['dashboard', 'library', 'trash', 'adapter', 'adapter-gone', 'duplicates', 'settings-folders']
  const own = [...places, 'login', 'not-found'].map((name) => titles.get(name))
  expect(new Set(own).size).toBe(own.length)
})

/** Pictures are for whoever wants to look: SCREENSHOTS=1. */
async function picture(page: Page, path: string): Promise<void> {
  if (process.env.SCREENSHOTS) await page.screenshot({ path, animations: 'disabled' })
}

async function expectHeadings(page: Page, heading?: string | RegExp): Promise<void> {
  // Behind a dialog the page is hidden from the tree of roles, not from the document.
  const headings = page.locator('h1')
  await expect(headings).toHaveCount(1)
  if (heading !== undefined) await expect(headings).toHaveText(heading)
  else await expect(headings).not.toBeEmpty()
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
  const where = await page.evaluate(() => `${document.documentElement.className} at ${String(innerWidth)} px`)
  expect.soft(violations.map(describe), where).toEqual([])
}

/** By how many pixels the page can be scrolled sideways. */
function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

interface Violation {
  id: string
  help: string
  nodes: { html: string; failureSummary?: string }[]
}

function describe({ id, help, nodes }: Violation): string {
  const first = nodes.slice(0, 3).map((node) => `  ${node.html.slice(0, 300)}\n  ${node.failureSummary ?? ''}`)
  return `${id}: ${help} (${String(nodes.length)})\n${first.join('\n')}`
}
