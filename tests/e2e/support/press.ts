import { expect, type Locator, type Page } from '@playwright/test'

/** What can be pressed. A text field is none of it. */
const pressable = [
  'button',
  'a[href]',
  'summary',
  '[role=menuitem]',
  '[role=option]',
  '[role=tab]',
  '[role=switch]',
  '[role=checkbox]',
  '[role=radio]',
  'input[type=checkbox]',
  'input[type=radio]',
].join(',')

/** A thing to press, by where it stands, what kind of thing it is and what it is called. */
export interface Target {
  key: string
  /** True outside of main: the frame that all pages share. */
  isShell: boolean
}

/**
 * Lists what can be pressed in the topmost layer of the page. Things that repeat, such as the
 * buttons of each card, are listed once: digits, and names in lists, do not make them new.
 */
export function targetsOf(page: Page): Promise<Target[]> {
  return page.evaluate(listTargets, { selector: pressable, wanted: '' })
}

/** Finds a target again in a page that was loaded anew. */
export async function find(page: Page, { key }: Target): Promise<Locator> {
  const isThere = async () => {
    const targets = await page.evaluate(listTargets, { selector: pressable, wanted: key })
    return targets.some((target) => target.key === key)
  }
  await expect.poll(isThere, { message: key, timeout: 10_000 }).toBe(true)
  return page.locator('[data-pressed-next]')
}

/** Runs in the page. Marks the target that is wanted, since places change while a page is drawn. */
function listTargets({ selector, wanted }: { selector: string; wanted: string }): Target[] {
  const chosen =
    '[aria-current=page], [role=group] [aria-pressed=true], [role=tab][aria-selected=true], [role=radio][aria-checked=true], :checked[type=radio]'
  for (const marked of document.querySelectorAll('[data-pressed-next]')) marked.removeAttribute('data-pressed-next')
  // Only the topmost layer can be pressed.
  const layers = document.querySelectorAll<HTMLElement>('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]')
  const shown = [...layers].filter((layer) => layer.checkVisibility() && layer.childElementCount > 0)
  const top = shown.at(-1)
  const seen = new Set<string>()
  const targets: Target[] = []
  for (const element of document.querySelectorAll<HTMLElement>(selector)) {
    if (top && !top.contains(element)) continue
    if (!element.checkVisibility() || element.closest('[aria-hidden=true], [inert]')) continue
    if (element.matches(':disabled, [aria-disabled=true], [data-disabled]')) continue
    // What is chosen already, and the link to the page that is shown, have nothing left to do.
    if (element.matches(chosen)) continue
    const box = element.getBoundingClientRect()
    if (box.width < 2 || box.height < 2) continue
    const list = element.closest('[role=gridcell], [role=listbox], li, tr, section, nav, [role=toolbar]')
    const group = list?.getAttribute('role') ?? list?.tagName ?? ''
    const isRepeated = list?.matches('[role=gridcell], li, tr') ?? false
    const name = element.getAttribute('aria-label') ?? element.textContent.trim()
    const icon = element.querySelector('svg')?.getAttribute('class') ?? ''
    const kind = `${element.getAttribute('role') ?? element.tagName} ${icon.replace(/\b(size|text|ml|mr|mt|fill)-\S+/g, '')}`
    // The parts of a repeated thing are told apart by what they look like, others by their name.
    const label = isRepeated && !element.closest('nav, [role=menu], [role=tablist]') ? '' : name.replace(/\d+/g, '#')
    const heading = element.closest('section')?.querySelector('h2, h3')?.textContent.trim().replace(/\d+/g, '#') ?? ''
    const key = [group, heading.slice(0, 40), kind, label.slice(0, 80)].join(' | ')
    if (seen.has(key)) continue
    seen.add(key)
    if (key === wanted) element.setAttribute('data-pressed-next', '')
    targets.push({ key, isShell: !top && !element.closest('main') && !element.closest('[role=toolbar]') })
  }
  return targets
}

/** Presses once and tells what came of it; null when nothing did. */
export async function press(page: Page, locator: Locator): Promise<{ effect: string; changed: boolean } | null> {
  // Pointing and focusing show tooltips and hidden buttons; that is no effect of pressing.
  await locator.scrollIntoViewIfNeeded()
  const untouched = await stateOf(page)
  const isTab = (await locator.getAttribute('role')) === 'tab'
  await locator.focus()
  await locator.hover({ timeout: 10_000 })
  // Except for a tab, which is pressed by being focused.
  const before = isTab ? untouched : await stateOf(page)
  const effects: string[] = []
  let changed = false
  const onRequest = (request: { method: () => string; url: () => string }) => {
    if (request.method() !== 'GET') changed = true
    if (request.url().includes('/api/') && !request.url().includes('/preview')) {
      effects.push(`${request.method()} ${new URL(request.url()).pathname}`)
    }
  }
  const onPopup = (popup: Page) => {
    effects.push('a new tab')
    void popup.close()
  }
  const onDownload = () => effects.push('a download')
  const onFileChooser = () => effects.push('a choice of files')
  page.on('request', onRequest)
  page.on('popup', onPopup)
  page.on('download', onDownload)
  page.on('filechooser', onFileChooser)
  // What a pointer drags, the arrow keys move.
  const isHandle = await locator.evaluate((element) => getComputedStyle(element).cursor === 'grab')
  if (isHandle) await page.keyboard.press('ArrowDown')
  else await locator.click({ timeout: 10_000 })
  await expect
    .poll(
      async () => {
        if (effects.length > 0) return true
        const after = await stateOf(page).catch(() => null)
        if (after === null || after !== before) effects.push('a visible change')
        return effects.length > 0
      },
      { timeout: 5_000, intervals: [20, 50, 100, 200] },
    )
    .toBe(true)
    .catch(() => undefined)
  page.off('request', onRequest)
  page.off('popup', onPopup)
  page.off('download', onDownload)
  page.off('filechooser', onFileChooser)
  return effects.length > 0 ? { effect: effects[0]!, changed } : null
}

/** Everything about the page that a user could notice, as one text. */
function stateOf(page: Page): Promise<string> {
  return page.evaluate(() => {
    const parts = [location.href, document.documentElement.className, String(Math.round(scrollY))]
    const states = ['aria-expanded', 'aria-pressed', 'aria-checked', 'aria-selected', 'aria-current', 'aria-busy', 'open']
    const walk = (element: Element) => {
      if (element.matches('[role=tooltip], script, style')) return
      // A tooltip is told by where its words stand.
      if (element.querySelector(':scope > [role=tooltip]')) return
      for (const name of states) parts.push(element.getAttribute(name) ?? 'none')
      if (element instanceof HTMLInputElement) parts.push(element.value, String(element.checked))
      if (element instanceof HTMLElement && element.style.length > 0) parts.push(element.style.cssText)
      for (const child of element.childNodes) {
        if (child instanceof Element) walk(child)
        else if (child.textContent) parts.push(child.textContent)
      }
    }
    walk(document.body)
    parts.push(document.activeElement?.tagName ?? '', (window as { copied?: string }).copied ?? '')
    return parts.join('\u0001')
  })
}
