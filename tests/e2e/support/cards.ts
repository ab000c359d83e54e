import type { Locator, Page } from '@playwright/test'

export const grid = (page: Page): Locator => page.getByRole('grid', { name: 'Adapters' })

/** The cards or rows that are drawn, those that still wait for their adapter included. */
export const cells = (page: Page): Locator => grid(page).getByRole('gridcell')

/** The cards or rows that show an adapter. */
export const cards = (page: Page): Locator => cells(page).filter({ has: page.getByRole('link') })

export const cardOf = (page: Page, name: string): Locator =>
  cells(page).filter({ has: page.getByRole('link', { name, exact: true }) })

/** The adapter's name on a card or row. */
export async function nameOf(card: Locator): Promise<string> {
  const link = card.getByRole('link').first()
  return ((await link.getAttribute('aria-label')) ?? (await link.textContent()) ?? '').trim()
}

/** The line that says how many adapters there are. */
export const countOf = (page: Page): Locator => page.getByRole('main').getByRole('status').first()
