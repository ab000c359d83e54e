import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { chunksOf } from './scripts/chunks.mjs'

const server = process.env.LORAMANAGER_URL ?? 'http://127.0.0.1:8000'

/** What can be used without the server, and what stands on every page; others are kept once they were visited. */
const offlinePages = [
  'index.html',
  'src/app/shell/CommandPalette.vue',
  'src/app/shell/ShortcutHelp.vue',
  'src/features/account/UserMenu.vue',
  'src/features/compose/AddButton.vue',
  'src/features/generate/QueueStrip.vue',
  'src/features/hub/adapter/HubCard.vue',
  'src/features/hub/lookup/HubMenu.vue',
  'src/features/recommend/shelf/SimilarShelf.vue',
  'src/features/system/SystemMark.vue',
  'src/offline/start.ts',
  'src/live/socket.ts',
  'src/ui/UiToastHost.vue',
  'src/features/dashboard/DashboardPage.vue',
  'src/features/library/LibraryPage.vue',
  'src/features/library/detail/AdapterPage.vue',
  'src/features/offline/OfflinePage.vue',
  'src/features/offline/OfflineBanner.vue',
  'src/i18n/en/library.ts',
  'src/i18n/en/offline.ts',
]

/** Leaves of all files of the build those that are worth fetching before anybody asks. */
function onlyOffline<Entry extends { url: string }>(entries: Entry[]) {
  const chunks = chunksOf(offlinePages)
  const wanted = new Set(chunks.flatMap(({ file, css = [], assets = [] }) => [file, ...css, ...assets]))
  const manifest = entries.filter(({ url }) => !url.startsWith('assets/') || wanted.has(url))
  return { manifest, warnings: [] }
}

export default defineConfig({
  // Relative, so that one build works under any path: the server sets <base href>.
  base: './',
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    tailwindcss(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/worker',
      filename: 'sw.ts',
      // The app registers it when its first page stands still.
      injectRegister: false,
      // A proxy in front of the server may ask for a login of its own.
      useCredentials: true,
      includeManifestIcons: false,
      manifest: {
        name: 'LoRA Manager',
        short_name: 'LoRA Manager',
        description: 'Find, understand and tidy every LoRA on your disks.',
        // Relative to the manifest, like all paths in here: the app may live below a path.
        start_url: '.',
        scope: '.',
        display: 'standalone',
        theme_color: '#0f6870',
        background_color: '#f8f9f9',
        icons: [
          { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      injectManifest: {
        globPatterns: ['index.html', 'theme.js', 'icon.svg', 'assets/*'],
        manifestTransforms: [onlyOffline],
      },
    }),
  ],
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    target: 'baseline-widely-available',
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Every page needs all of these: in one file they are smaller than in many.
          groups: [
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router|vue-i18n|@intlify|pinia|@pinia)\// },
          ],
        },
      },
    },
  },
  server: {
    // The server refuses foreign origins; in development the app speaks as its own.
    proxy: { '/api': { target: server, ws: true, changeOrigin: true, headers: { origin: server } } },
  },
})
