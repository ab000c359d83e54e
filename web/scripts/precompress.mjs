// Last step of the build: a .br and a .gz beside every text file, so that the
// server never compresses while someone waits. Vite empties dist/, so the
// placeholder that lets Go embed an unbuilt folder is put back here.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const dist = new URL('../dist', import.meta.url).pathname
const text = new Set(['.js', '.css', '.html', '.svg', '.json', '.webmanifest', '.txt'])
const smallest = 1024

for (const name of await readdir(dist, { recursive: true })) {
  const path = join(dist, name)
  const info = await stat(path)
  if (!info.isFile() || name.startsWith('.') || !text.has(extname(name)) || info.size < smallest) continue
  const content = await readFile(path)
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params: quality }))
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }))
}
await writeFile(join(dist, '.gitkeep'), '')
