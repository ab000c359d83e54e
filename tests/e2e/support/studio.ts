import type { Locator, Page } from '@playwright/test'
import type { Adapter } from './api.ts'

/** What the pages of the second story are told apart by. */

/** The list of adapters to choose from, beside the composition. */
export const picker = (page: Page): Locator => page.getByRole('complementary', { name: 'Adapters to choose from' })

/** Shows the prompt in one dialect, and what is said beside it. */
export async function dialect(page: Page, label: string): Promise<Locator> {
  await page.getByRole('tablist', { name: 'Programs' }).getByRole('tab', { name: label }).click()
  return page.getByRole('tabpanel', { name: label })
}

export const queue = (page: Page): Locator => page.getByRole('region', { name: 'Queue' })

/** The images made last, on the generate page. */
export const made = (page: Page): Locator => page.getByRole('region', { name: 'Just made' })

/** A job that runs, by the words of its prompt. */
export const runningJob = (page: Page, words: string): Locator =>
  page.getByRole('article', { name: new RegExp(words) })

/** Where an adapter lies below its library folder, as engines list it. */
export const pathOf = ({ folder, file_name }: Adapter): string => (folder ? `${folder}/${file_name}` : file_name)

/** What A1111 calls an adapter. */
export const stemOf = ({ file_name }: Adapter): string => file_name.replace(/\.[^.]+$/, '')

/** The value of one of the facts that a result was made with. */
export const factOf = (viewer: Locator, name: string): Locator =>
  viewer.locator('dl > div').filter({ has: viewer.page().locator('dt').getByText(name, { exact: true }) }).locator('dd')
