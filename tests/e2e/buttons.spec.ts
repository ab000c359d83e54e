import { cp, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Page } from '@playwright/test'
import { cloneTree } from './support/files.ts'
import { find, press, type Target, targetsOf } from './support/press.ts'
import type { Server } from './support/server.ts'
import { expect, fillIn, settled, test } from './support/test.ts'

interface Place {
  name: string
  address: (server: Server) => string | Promise<string>
  /** What to do before anything is pressed. */
  prepare?: (page: Page) => Promise<void>
  /** How deep to follow menus and dialogs; 1 presses only what stands on the page. By default 1. */
  deepest?: number
  /** The frame around every page is pressed on one of them. */
  withShell?: boolean
}

const adapter = async ({ api }: Server) => `/library/${(await api.adapters('has:notes'))[0]!.id}`
const composition = async ({ api }: Server) => `/compose?id=${(await api.compositions())[0]!.id}`
const result = async ({ api }: Server) => `/history/${(await api.history('min_rating=4'))[0]!.id}`
const twoResults = async ({ api }: Server) => {
  const [one, other] = await api.history()
  return `/history/${one!.id}?compare=${other!.id}`
}
const select = async (page: Page) => {
  await page.getByRole('gridcell').first().getByRole('checkbox').click()
  await expect(page.getByRole('toolbar')).toBeVisible()
}

const dialog = async (page: Page) => {
  await expect(page.getByRole('dialog')).toBeVisible()
}

const menu = async (page: Page) => {
  await page.getByRole('main').getByRole('button', { name: /^Actions for / }).first().click()
  await expect(page.getByRole('menu')).toBeVisible()
}

const compositions = async (page: Page) => {
  await page.getByRole('button', { name: 'Compositions' }).click()
  await dialog(page)
}

const places: Place[] = [
  { name: 'the dashboard', address: () => '/', withShell: true },
  { name: 'the library', address: () => '/library?q=has:preview&sort=name&order=asc', deepest: 2 },
  { name: 'the list', address: () => '/library?view=list&q=has:preview&sort=name&order=asc' },
  { name: 'a selection', address: () => '/library?q=base:sdxl', prepare: select, deepest: 2 },
  { name: 'an adapter', address: adapter },
  { name: 'the menu of an adapter', address: adapter, prepare: menu },
  { name: 'the edit dialog', address: async (server) => `${await adapter(server)}?edit=1`, prepare: dialog },
  { name: 'the trash', address: () => '/library?q=is:trashed' },
  { name: 'a selection in the trash', address: () => '/library?q=is:trashed', prepare: select },
  { name: 'duplicates', address: () => '/library/duplicates' },
  { name: 'no result', address: () => '/library?q=tag:nothing%20base:sdxl' },
  { name: 'an empty bench', address: () => '/compose' },
  { name: 'a composition', address: composition },
  { name: 'the compositions', address: composition, prepare: compositions },
  { name: 'the form and the queue', address: () => '/generate' },
  { name: 'the history', address: () => '/history', deepest: 2 },
  { name: 'the trash of the history', address: () => '/history?trashed=true' },
  { name: 'selected results', address: () => '/history', prepare: select, deepest: 2 },
  { name: 'a result', address: result, prepare: dialog },
  { name: 'two results', address: twoResults, prepare: dialog },
  { name: 'what fits', address: () => '/recommendations' },
  { name: 'what is like an adapter', address: async (server) => `/recommendations?way=adapter&adapter=${(await adapter(server)).split('/').at(-1)!}&panel=preferences` },
  { name: 'analytics', address: () => '/analytics', deepest: 2 },
  { name: 'the export', address: () => '/transfer/export', deepest: 2 },
  { name: 'the import', address: () => '/transfer/import' },
  { name: 'the backups', address: () => '/transfer/backups', deepest: 2 },
  { name: 'moving in', address: () => '/transfer/move-in' },
  { name: 'the system status', address: () => '/settings/status' },
  { name: 'the engines', address: () => '/settings?section=engines', deepest: 2 },
  { name: 'the deliveries', address: () => '/settings?section=deliveries' },
  { name: 'the folders', address: () => '/settings' },
  { name: 'the appearance', address: () => '/settings?section=appearance' },
  { name: 'the library settings', address: () => '/settings?section=library' },
  { name: 'the shortcuts', address: () => '/settings?section=shortcuts' },
  { name: 'about', address: () => '/settings?section=about' },
  { name: 'accounts, switched off', address: () => '/settings/audit' },
  { name: 'not found', address: () => '/no/such/page' },
]

for (const place of places) {
  test(`no button is dead: ${place.name}`, async ({ dir, start, copySample, open, watch }, info) => {
    test.setTimeout(600_000)
    // Buttons may rescan broken files, empty fields and the like: being refused is an effect too.
    watch.allow(/ 4\d\d |status of 4\d\d/, /elsewhere: https:/, /^failed: GET https:/)
    const server = await start({ roots: [await copySample()], flags: ['--digests'] })
    await server.api.scanned()
    await server.api.digested()
    await fillIn(server)
    await server.stop()
    const states = [path.join(dir, 'data'), path.join(dir, 'loras')] as const
    await cp(states[0], `${states[0]}.kept`, { recursive: true })
    await cloneTree(states[1], `${states[1]}.kept`)
    await server.start()
    const page = await open(server)
    await page.addInitScript(() => {
      if (location.origin === 'null') return
      localStorage.clear()
      sessionStorage.clear()
      // Counted here, since a headless browser has no clipboard to look into.
      navigator.clipboard.writeText = (text) => {
        const noted = window as { copied?: string }
        noted.copied = `${noted.copied ?? ''}+${text}`
        return Promise.resolve()
      }
    })

    const address = await place.address(server)
    const arrive = async (way: Target[]) => {
      await page.goto(server.base + address)
      await settled(page)
      await place.prepare?.(page)
      for (const step of way) await press(page, await find(page, step))
    }
    const startAnew = async () => {
      await page.goto('about:blank')
      await server.stop()
      await rm(states[0], { recursive: true })
      await rm(states[1], { recursive: true })
      await cp(`${states[0]}.kept`, states[0], { recursive: true })
      await cloneTree(`${states[1]}.kept`, states[1])
      await server.start()
    }

    await arrive([])
    const first = (await targetsOf(page)).filter((target) => !target.isShell || place.withShell)
    const waiting: Target[][] = first.map((target) => [target])
    const known = new Set(first.map(({ key }) => key))
    const dead: string[] = []
    let pressed = 0
    for (let way = waiting.shift(); way; way = waiting.shift()) {
      const name = way.map(({ key }) => key).join('  >  ')
      await arrive(way.slice(0, -1))
      const target = way.at(-1)!
      const result = await find(page, target).then((found) => press(page, found)).catch((error: unknown) => {
        dead.push(`${name}: ${String(error).slice(0, 300)}`)
        return undefined
      })
      pressed++
      if (result === null) dead.push(name)
      else if (result === undefined) continue
      else if (result.changed) await startAnew()
      else if (way.length < (place.deepest ?? 1) && (await hasLayer(page))) {
        for (const inside of await targetsOf(page)) {
          if (known.has(inside.key)) continue
          known.add(inside.key)
          waiting.push([...way, inside])
        }
      }
    }
    info.annotations.push({ type: 'pressed', description: String(pressed) })
    expect(dead).toEqual([])
    expect(pressed).toBeGreaterThan(0)
  })
}

/** True when a menu or a dialog has opened over the page. */
function hasLayer(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    [...document.querySelectorAll('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]')].some(
      (layer) => layer.checkVisibility() && layer.childElementCount > 0,
    ),
  )
}
