// What modules of the app became, as the last build's manifest tells.
import { readFileSync } from 'node:fs'

const path = new URL('../dist/.vite/manifest.json', import.meta.url)

/**
 * The chunks of modules and of everything they import statically.
 * @param {string[]} modules
 * @returns {{ file: string, css?: string[], assets?: string[], imports?: string[] }[]}
 */
export function chunksOf(modules) {
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  const found = new Map()
  const add = (name) => {
    const chunk = manifest[name]
    if (!chunk) throw new Error(`The build has no chunk of its own for ${name}.`)
    if (found.has(chunk.file)) return
    found.set(chunk.file, chunk)
    chunk.imports?.forEach(add)
  }
  modules.forEach(add)
  return [...found.values()]
}
