// What a browser has to fetch before a page can be used, as served: brotli.
import { readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'))

/** The files of a module and of everything it imports statically. */
function filesOf(name, found = new Set()) {
  const chunk = manifest[name]
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const imported of chunk.imports ?? []) filesOf(imported, found)
  return found
}

function load(name, limit, ...modules) {
  const files = new Set(modules.flatMap((module) => [...filesOf(module)]))
  return { name, limit, path: [...files].map((file) => `dist/${file}`) }
}

const shell = 'index.html'
const page = (feature, name) => `src/features/${feature}/${name}.vue`

export default [
  load('first page', '120 KiB', shell, page('dashboard', 'DashboardPage')),
  load('library', '190 KiB', shell, page('library', 'LibraryPage')),
  load('compose', '180 KiB', shell, page('compose', 'ComposePage')),
  load('generate', '175 KiB', shell, page('generate', 'GeneratePage')),
  load('history', '190 KiB', shell, page('history', 'HistoryPage')),
  load('recommendations', '150 KiB', shell, page('recommend', 'RecommendPage')),
  load('analytics', '175 KiB', shell, page('analytics', 'AnalyticsPage'), 'src/ui/chart/plot.ts'),
  load('transfer', '150 KiB', shell, page('transfer', 'TransferPage')),
  load('settings', '150 KiB', shell, page('settings', 'SettingsPage')),
  load('system status', '130 KiB', shell, page('system', 'SystemPage')),
]
