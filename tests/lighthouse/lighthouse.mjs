// Measures the pages of the served build in a real browser and compares them with
// budgets. `make lighthouse` runs it; figures go to results/lighthouse.json.
//   LORAMANAGER_BIN  the program, by default ../../bin/loramanager
//   CHROMIUM         the browser, by default /usr/bin/chromium
//   RUNS             measurements of each page, of which the best counts, by default 3:
//                    what else the machine does can only make a page look slower
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { launch } from 'chrome-launcher'
import lighthouse, { desktopConfig } from 'lighthouse'

const here = import.meta.dirname
const binary = path.resolve(here, process.env.LORAMANAGER_BIN ?? '../../bin/loramanager')
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
const runs = Number(process.env.RUNS ?? 3)
const budgets = { performance: 95, accessibility: 100, 'best-practices': 100 }
const pages = ['/', '/library', '/compose', '/generate', '/history']

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => probe.once('listening', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Waits for a child's end. */
const ended = (child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()))

async function serve(dir, { roots = [], env = {} }) {
  const base = `http://127.0.0.1:${await freePort()}`
  const args = ['serve', '--listen', new URL(base).host, '--data', path.join(dir, 'data'), '--no-watch', '--no-digests']
  const child = spawn(binary, [...args, ...roots.flatMap((root) => ['--root', root])], {
    env: { PATH: process.env.PATH, HOME: dir, ...env },
    stdio: 'ignore',
  })
  while (!(await fetch(`${base}/readyz`).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null) throw new Error('The server ended before it was ready.')
    await pause(50)
  }
  return { base, stop: () => (child.kill(), ended(child)) }
}

/** Until the library has been read. */
async function scanned(base) {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const { scanning, last_scan } = await (await fetch(`${base}/api/v1/library/summary`)).json()
    if (scanning === null && last_scan !== null) return
    await pause(100)
  }
  throw new Error('The library was not read within two minutes.')
}

/** The best of several measurements of a page, and what it fell short in. */
async function measure(url, port) {
  let best
  for (let run = 0; run < runs; run++) {
    const flags = { port, output: 'json', logLevel: 'error', onlyCategories: Object.keys(budgets) }
    const { lhr } = await lighthouse(url, flags, desktopConfig)
    const scores = Object.fromEntries(Object.entries(lhr.categories).map(([name, { score }]) => [name, Math.round(score * 100)]))
    const value = (audit) => Math.round(lhr.audits[audit].numericValue * 1000) / 1000
    const figures = {
      firstContentfulPaint: value('first-contentful-paint'),
      largestContentfulPaint: value('largest-contentful-paint'),
      totalBlockingTime: value('total-blocking-time'),
      cumulativeLayoutShift: value('cumulative-layout-shift'),
    }
    const faults = Object.entries(lhr.categories).flatMap(([name, { auditRefs }]) =>
      auditRefs
        .filter(({ id, weight }) => weight > 0 && name !== 'performance' && lhr.audits[id].score !== null && lhr.audits[id].score < 1)
        .map(({ id }) => `${id}: ${lhr.audits[id].title} ${JSON.stringify(lhr.audits[id].details?.items ?? []).slice(0, 600)}`),
    )
    if (!best || scores.performance > best.scores.performance) best = { scores, figures, faults }
  }
  return best
}

const dir = await mkdtemp(path.join(tmpdir(), 'loramanager-lighthouse-'))
const library = path.join(dir, 'loras')
await ended(spawn(binary, ['sample', library, '-n', '500'], { stdio: 'ignore' }))
/** What has to end before this program does. */
const running = []
const results = {}
let isWithin = true
try {
  const open = await serve(path.join(dir, 'open'), { roots: [library] })
  running.push(open)
  const locked = await serve(path.join(dir, 'locked'), { env: { API_KEY: 'a-key-of-thirty-two-characters-00' } })
  running.push(locked)
  await scanned(open.base)
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--lang=en-GB']
  const chrome = await launch({ chromePath: chromium, chromeFlags: flags })
  running.push({ stop: () => chrome.kill() })
  for (const address of [...pages.map((page) => open.base + page), `${locked.base}/login`]) {
    const name = new URL(address).pathname
    const { scores, figures, faults } = await measure(address, chrome.port)
    results[name] = { scores, figures }
    const missed = Object.entries(budgets).filter(([category, least]) => scores[category] < least)
    console.log(
      `${missed.length ? 'MISSED' : 'ok    '} ${name.padEnd(10)} performance ${scores.performance}, accessibility ${scores.accessibility}, ` +
        `best practices ${scores['best-practices']}; first paint ${figures.firstContentfulPaint.toFixed(0)} ms, ` +
        `largest ${figures.largestContentfulPaint.toFixed(0)} ms, blocked ${figures.totalBlockingTime.toFixed(0)} ms, shift ${figures.cumulativeLayoutShift}`,
    )
    for (const fault of faults) console.log(`       ${fault}`)
    if (missed.length > 0) isWithin = false
  }
} finally {
  for (const each of running) await each.stop()
  await rm(dir, { recursive: true })
}

await mkdir(path.join(here, 'results'), { recursive: true })
const machine = { processors: cpus().length, model: cpus()[0]?.model, load: loadavg()[0] }
await writeFile(path.join(here, 'results/lighthouse.json'), `${JSON.stringify({ machine, runs, budgets, results }, null, 2)}\n`)
if (!isWithin) process.exitCode = 1
