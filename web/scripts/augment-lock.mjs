// Adds the optional platform packages that some registry mirrors do not list, so
// that `npm ci` of npm 11 accepts the lockfile on every system.
// Usage: node scripts/augment-lock.mjs          adds what is missing
//        node scripts/augment-lock.mjs --check  fails when something is missing
import { readFileSync, writeFileSync } from 'node:fs'

const systems = 'android darwin freebsd netbsd openbsd linux win32 sunos aix openharmony'.split(' ')
const processors = 'arm64 arm x64 ia32 ppc64 riscv64 s390x loong64 mips64el wasm32'.split(' ')
const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8'))

/** Node looks a package up in the nearest node_modules and then in those above. */
function isLocked(from, name) {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[`${dir ? `${dir}/` : ''}node_modules/${name}`]) return true
    if (!dir) return false
  }
}

function describe(name, range, dev) {
  const tail = name.split('/').pop()
  const os = systems.find((system) => tail.includes(system))
  const cpu = processors.find((processor) => `-${tail}-`.match(new RegExp(`[-_.]${processor}[-_.]`)))
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(cpu && { cpu: [cpu] }),
    ...(dev && { dev: true }),
    optional: true,
    ...(os && { os: [os] }),
  }
}

let added = 0
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue
    lock.packages[`node_modules/${name}`] = describe(name, range, entry.dev)
    added++
  }
}

if (process.argv.includes('--check')) {
  if (added) {
    console.error(`package-lock.json lacks ${added} platform packages: run "npm run lock"`)
    process.exitCode = 1
  }
} else {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`added ${added} platform packages`)
}
