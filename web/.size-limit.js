// What a browser has to fetch before a page can be used, as served: brotli.
import { chunksOf } from './scripts/chunks.mjs'

function load(name, limit, ...modules) {
  return { name, limit, path: chunksOf(modules).map(({ file }) => `dist/${file}`) }
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
