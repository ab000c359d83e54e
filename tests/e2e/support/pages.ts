import type { Api } from './api.ts'

export interface PageUnderTest {
  name: string
  address: (api: Api) => string | Promise<string>
  /** The text of its only h1, and what its title begins with. */
  heading?: string | RegExp
}

const fixed = (address: string) => () => address

/** Every page of the app, and every state of a page that has an address. */
export const pages: PageUnderTest[] = [
  { name: 'dashboard', address: fixed('/'), heading: 'Dashboard' },
  { name: 'library', address: fixed('/library'), heading: 'Library' },
  { name: 'library-list', address: fixed('/library?view=list'), heading: 'Library' },
  { name: 'library-filtered', address: fixed('/library?q=base:sdxl'), heading: 'Library' },
  { name: 'library-nothing', address: fixed('/library?q=nothingiscalledthis'), heading: 'Library' },
  { name: 'trash', address: fixed('/library?q=is:trashed'), heading: 'Trash' },
  {
    name: 'adapter',
    address: async (api) => `/library/${(await api.adapters('has:notes'))[0]!.id}`,
  },
  {
    name: 'adapter-broken',
    address: async (api) => `/library/${(await api.adapters('is:unreadable'))[0]!.id}`,
  },
  {
    name: 'adapter-edit',
    address: async (api) => `/library/${(await api.adapters('has:notes'))[0]!.id}?edit=1`,
  },
  { name: 'adapter-gone', address: fixed('/library/no-such-adapter'), heading: 'Adapter not found' },
  { name: 'duplicates', address: fixed('/library/duplicates'), heading: 'Duplicates' },
  { name: 'updates', address: fixed('/library/updates'), heading: 'Updates' },
  { name: 'downloads', address: fixed('/library/downloads'), heading: 'Downloads' },
  { name: 'compose', address: fixed('/compose'), heading: 'Compose' },
  {
    name: 'composition',
    address: async (api) => `/compose?id=${(await api.compositions())[0]!.id}`,
    heading: 'Compose',
  },
  { name: 'generate', address: fixed('/generate'), heading: 'Generate' },
  { name: 'history', address: fixed('/history'), heading: 'History' },
  { name: 'history-nothing', address: fixed('/history?search=nothingiscalledthis'), heading: 'History' },
  { name: 'history-trash', address: fixed('/history?trashed=true'), heading: 'Trash of the history' },
  { name: 'result', address: async (api) => `/history/${(await api.history('favorite=true'))[0]!.id}`, heading: 'History' },
  { name: 'recommendations', address: fixed('/recommendations'), heading: 'Recommendations' },
  {
    name: 'recommendations-adapter',
    address: async (api) => `/recommendations?way=adapter&adapter=${(await api.adapters('has:notes'))[0]!.id}&panel=weights`,
    heading: 'Recommendations',
  },
  { name: 'recommendations-table', address: fixed('/recommendations?way=prompt&prompt=soft+light&view=table'), heading: 'Recommendations' },
  { name: 'analytics', address: fixed('/analytics?range=7d'), heading: 'Analytics' },
  { name: 'analytics-nothing', address: fixed('/analytics?range=custom&from=2020-01-01&to=2020-01-31'), heading: 'Analytics' },
  { name: 'transfer-export', address: fixed('/transfer/export'), heading: 'Transfer' },
  { name: 'transfer-export-gone', address: fixed('/transfer/export?export=no-such-export'), heading: 'Transfer' },
  { name: 'transfer-import', address: fixed('/transfer/import'), heading: 'Transfer' },
  { name: 'transfer-backups', address: fixed('/transfer/backups'), heading: 'Transfer' },
  {
    name: 'transfer-restore',
    address: async (api) => `/transfer/backups?restore=${(await api.backups())[0]!.id}`,
    heading: 'Transfer',
  },
  { name: 'transfer-move-in', address: fixed('/transfer/move-in'), heading: 'Transfer' },
  { name: 'status', address: fixed('/settings/status'), heading: 'System status' },
  { name: 'settings-engines', address: fixed('/settings?section=engines'), heading: 'Settings' },
  { name: 'settings-deliveries', address: fixed('/settings?section=deliveries'), heading: 'Settings' },
  { name: 'settings-folders', address: fixed('/settings'), heading: 'Settings' },
  { name: 'settings-appearance', address: fixed('/settings?section=appearance'), heading: 'Settings' },
  { name: 'settings-library', address: fixed('/settings?section=library'), heading: 'Settings' },
  { name: 'settings-shortcuts', address: fixed('/settings?section=shortcuts'), heading: 'Settings' },
  { name: 'settings-about', address: fixed('/settings?section=about'), heading: 'Settings' },
  { name: 'account', address: fixed('/settings/account'), heading: 'Your account' },
  { name: 'users', address: fixed('/settings/users'), heading: 'Users' },
  { name: 'api-keys', address: fixed('/settings/keys'), heading: 'API keys' },
  { name: 'audit-log', address: fixed('/settings/audit'), heading: 'Audit log' },
  { name: 'login', address: fixed('/login'), heading: 'Sign in' },
  { name: 'not-found', address: fixed('/no/such/page'), heading: 'Page not found' },
]
