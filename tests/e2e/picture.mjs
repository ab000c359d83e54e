// Takes the pictures of the README from the sample library: npm run picture
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from '@playwright/test'

const binary = path.resolve(import.meta.dirname, process.env.LORAMANAGER_BIN ?? '../../bin/loramanager')
const images = path.resolve(import.meta.dirname, '../../docs/images')
const base = 'http://127.0.0.1:8791'
const mostBytes = 400 * 1024

const dir = mkdtempSync(path.join(tmpdir(), 'loramanager-picture-'))
mkdirSync(images, { recursive: true })
execFileSync(binary, ['sample', path.join(dir, 'loras'), '-n', '240', '--seed', '7'])
const server = spawn(binary, ['serve', '--listen', '127.0.0.1:8791', '--data', path.join(dir, 'data'), '--root', path.join(dir, 'loras')], { stdio: 'ignore' })
const ended = new Promise((resolve) => server.once('exit', resolve))
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})

async function ask(method, address, body) {
  const headers = body && { 'Content-Type': 'application/json' }
  const answer = await fetch(`${base}/api/v1${address}`, { method, headers, body: body && JSON.stringify(body) })
  return answer.json()
}

async function until(holds) {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds().catch(() => false)) return
    await pause(100)
  }
  throw new Error('the sample library did not become ready')
}

async function take(name, { address, width, height, colorScheme, isPhone = false }) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    locale: 'en-GB',
    baseURL: base,
    hasTouch: isPhone,
    isMobile: isPhone,
  })
  const page = await context.newPage()
  await page.goto(address)
  await page.waitForLoadState('networkidle')
  await page.waitForFunction(() =>
    [...document.images].every((image) => {
      // What is not on the picture is not loaded either.
      const { top, left } = image.getBoundingClientRect()
      return image.complete || top > innerHeight || left > innerWidth || !image.checkVisibility()
    }),
  )
  const file = path.join(images, `${name}.png`)
  await page.screenshot({ path: file, animations: 'disabled' })
  await context.close()
  const { size } = statSync(file)
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, more than ${mostBytes}`)
  console.log(`${file}: ${Math.round(size / 1024)} KiB`)
}

try {
  await until(async () => (await fetch(`${base}/readyz`)).ok)
  await until(async () => {
    const { adapters, scanning, digests } = await ask('GET', '/library/summary')
    return adapters >= 240 && scanning === null && digests.pending === 0
  })
  const { items } = await ask('GET', '/adapters?q=has:preview%20nsfw:0&sort=name&order=asc&per_page=24')
  for (const [index, { id }] of items.entries()) {
    if (index % 3 === 0) await ask('PATCH', `/adapters/${id}`, { rating: 5 - (index % 2), active: index % 2 === 0 })
    if (index % 4 === 1) await ask('PATCH', `/adapters/${id}`, { favorite: true, weight: 0.8 })
  }
  const list = '/library?q=has:preview&sort=name&order=asc'
  await take('library', { address: list, width: 1440, height: 900, colorScheme: 'dark' })
  await take('library-light', { address: list, width: 1440, height: 900, colorScheme: 'light' })
  const sdxl = await ask('GET', '/adapters?q=base:sdxl%20has:preview%20has:triggers&per_page=1')
  await take('adapter', { address: `/library/${sdxl.items[0].id}`, width: 1440, height: 900, colorScheme: 'dark' })
  await take('library-phone', { address: list, width: 390, height: 844, colorScheme: 'dark', isPhone: true })

  const chosen = items.filter(({ base_model }) => base_model === 'sdxl').slice(0, 3)
  const entries = chosen.map(({ id, name, triggers }, index) => ({ adapter_id: id, name, weight: 1 - index * 0.2, triggers: triggers.slice(0, 1), enabled: true }))
  const { composition } = await ask('POST', '/compositions', { name: 'Castle by the sea', prefix: 'a castle by the sea', suffix: 'at dawn', negative: 'blurry', entries })
  await take('compose', { address: `/compose?id=${composition.id}`, width: 1440, height: 900, colorScheme: 'dark' })
  for (const subject of ['a castle by the sea', 'a fox in the snow', 'an old harbour', 'a night market', 'a garden in the rain', 'a lighthouse']) {
    const { prompt } = await ask('POST', '/compose', { prefix: subject, entries })
    for (const width of [768, 512]) await ask('POST', '/generation/queue-generation?backend=sketch', { prompt, steps: 6, width, height: 768 })
  }
  await until(async () => (await ask('GET', '/generation/history')).results.length === 12)
  await take('history', { address: '/history', width: 900, height: 520, colorScheme: 'dark' })
  await take('recommendations', { address: `/recommendations?way=adapter&adapter=${chosen[0].id}`, width: 1440, height: 900, colorScheme: 'dark' })
  await take('analytics', { address: '/analytics?range=24h', width: 1440, height: 900, colorScheme: 'light' })
} finally {
  await browser.close()
  server.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true })
}
