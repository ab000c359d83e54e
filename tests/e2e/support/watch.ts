import { expect, type Page } from '@playwright/test'

/**
 * Notes everything that must never happen on any page: errors on the console, exceptions,
 * requests that fail, answers of 400 and more, requests to elsewhere, and breaches of the
 * content security policy.
 */
export class Watch {
  private readonly faults: string[] = []
  private readonly expected: RegExp[] = []

  async follow(page: Page, base: string): Promise<void> {
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
