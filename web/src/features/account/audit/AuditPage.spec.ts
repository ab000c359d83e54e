import { beforeEach, describe, expect, it, vi } from 'vitest'
import { setSession } from '@/shared/useSession'
import { fill, makeSession, makeUser, press, useAccountServer } from '../testing'
import AuditPage from './AuditPage.vue'

vi.mock('@/live/useLive', () => ({ useLive: () => undefined }))

const { answer, sent, open } = useAccountServer()
const text = () => document.body.textContent
const entry = (key: number) => ({
  key,
  at: '2026-01-01T00:00:00Z',
  account_id: 'u1',
  actor: `actor ${String(key)}`,
  via: 'session',
  address: '192.0.2.7',
  request_id: 'r1',
  action: 'addUser',
  target: 'u2',
  status: 201,
  detail: { fields: ['role'] },
})

describe('the audit log', () => {
  beforeEach(() => {
    answer('GET /users', () => ({ users: [] }))
    answer('GET /audit', ({ query }) =>
      query.before ? { items: [entry(1)], next: null } : { items: [entry(2)], next: 2 },
    )
  })

  it('is read on to its beginning', async () => {
    await open(AuditPage)
    await press('Show more')
    expect(sent('GET /audit').at(-1)?.query).toEqual({ before: '2', limit: '50' })
    expect(text()).toContain('actor 2')
    expect(text()).toContain('actor 1')
    expect(text()).toContain('This is where the log begins.')
  })

  it('is narrowed by the address, and the form writes it there', async () => {
    const { router } = await open(AuditPage, '/settings/audit?q=ada')
    expect(sent('GET /audit')[0]?.query).toMatchObject({ q: 'ada' })
    await fill('Action', 'addUser')
    expect(router.currentRoute.value.query).toEqual({ q: 'ada', action: 'addUser' })
    expect(sent('GET /audit').at(-1)?.query).toMatchObject({ q: 'ada', action: 'addUser' })
    await press('Clear the filters')
    expect(router.currentRoute.value.query).toEqual({})
  })

  it('tells on request what was changed', async () => {
    await open(AuditPage)
    expect(text()).not.toContain('"role"')
    document.querySelector<HTMLElement>('ol button')!.click()
    await vi.waitFor(() => {
      expect(text()).toContain('"role"')
    })
  })

  it('says that nothing is recorded where nobody signs in', async () => {
    setSession(makeSession({ mode: 'open', required: false, authenticated: true, user: makeUser() }))
    await open(AuditPage)
    expect(text()).toContain('Nothing is recorded on this server')
    expect(sent('GET /audit')).toEqual([])
  })
})
