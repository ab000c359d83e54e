// Draws the icons of the installed app from public/icon.svg. They are committed:
// run `npm run icons` after the picture changes. CHROMIUM names the browser that draws.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const publicFolder = new URL('../public/', import.meta.url).pathname
const svg = await readFile(join(publicFolder, 'icon.svg'), 'utf8')

/** Systems cut the corners of a maskable icon themselves and show its inner four fifths. */
const square = svg.replace(' rx="8"', '').replace('viewBox="0 0 32 32"', 'viewBox="-4 -4 40 40"')
const maskable = square.replace('<rect ', '<rect x="-4" y="-4" ').replaceAll('="32"', '="40"')

const icons = [
  { name: 'icon-192.png', size: 192, picture: svg },
  { name: 'icon-512.png', size: 512, picture: svg },
  { name: 'icon-maskable-512.png', size: 512, picture: maskable },
  { name: 'apple-touch-icon.png', size: 180, picture: maskable },
]

const folder = await mkdtemp(join(tmpdir(), 'icons-'))
const page = join(folder, 'page.html')
for (const { name, size, picture } of icons) {
  const drawn = picture.replace('<svg ', `<svg width="${size}" height="${size}" style="display:block" `)
  await writeFile(page, `<!doctype html><style>body{margin:0}</style>${drawn}`)
  await promisify(execFile)(process.env.CHROMIUM ?? 'chromium', [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--default-background-color=00000000',
    `--window-size=${size},${size}`,
    `--user-data-dir=${join(folder, 'profile')}`,
    `--screenshot=${join(publicFolder, name)}`,
    `file://${page}`,
  ])
}
await rm(folder, { recursive: true })
