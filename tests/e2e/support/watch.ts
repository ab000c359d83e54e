import { expect, type Page } from '@playwright/test'

/** Counts the requests of a page that are on their way. */
class Traffic {
  private pending = 0
  private lastChange = Date.now()

  follow(page: Page): void {
    const change = (by: number) => () => {
      this.pending = Math.max(0, this.pending + by)
      this.lastChange = Date.now()
    }
    page.on('request', change(1))
    page.on('requestfinished', change(-1))
    page.on('requestfailed', change(-1))
  }

  /** True when nothing has been asked for or answered for a moment. */
  isQuiet(): boolean {
    return this.pending === 0 && Date.now() - this.lastChange > 100
  }
}

const traffic = new WeakMap<Page, Traffic>()

/** Until everything that was asked for has come and been drawn. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('h1').first()).toBeAttached()
  const quiet = { message: 'all requests are answered', intervals: [50] }
  await expect.poll(() => traffic.get(page)?.isQuiet() ?? true, quiet).toBe(true)
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
  await page.evaluate(() => document.fonts.ready)
}

/**
 * Notes everything that must never happen on any page: errors on the console, exceptions,
 * requests that fail, answers of 400 and more, requests to elsewhere, and breaches of the
 * content security policy.
 */
export class Watch {
  private readonly faults: string[] = []
  private readonly expected: RegExp[] = []

  async follow(page: Page, base: string): Promise<void> {
    const counted = new Traffic()
    counted.follow(page)
    traffic.set(page, counted)
    page.on('console', (message) => {
      if (message.type() === 'error') this.note(`console: ${message.text()} (${message.location().url})`)
    })
    page.on('pageerror', (error) => {
      this.note(`exception: ${error.stack ?? error.message}`)
    })
    page.on('dialog', (dialog) => {
      this.note(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? ''
      // What a page gives up when it is left is no failure.
      if (reason !== 'net::ERR_ABORTED') this.note(`failed: ${request.method()} ${request.url()} ${reason}`)
    })
    page.on('response', (response) => {
      if (response.status() >= 400) {
        this.note(`answer: ${String(response.status())} ${response.request().method()} ${response.url()}`)
      }
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(base) && !/^(data|blob):/.test(url)) this.note(`elsewhere: ${url}`)
    })
    await page.exposeFunction('noteBreach', (what: string) => {
      this.note(`policy: ${what}`)
    })
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const { noteBreach } = window as unknown as { noteBreach: (what: string) => void }
        noteBreach(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`)
      })
    })
  }

  /** Says that something is meant to go wrong from now on. */
  allow(...patterns: RegExp[]): void {
    this.expected.push(...patterns)
  }

  /** Fails the test with all that went wrong since the last call. */
  check(): void {
    expect(this.faults.splice(0), 'nothing goes wrong behind the page').toEqual([])
  }

  private note(fault: string): void {
    if (!this.expected.some((pattern) => pattern.test(fault))) this.faults.push(fault)
  }
}
