import { beforeEach, describe, expect, it, vi } from 'vitest'
import { useToasts } from '@/shared/toasts'
import { setSession } from '@/shared/useSession'
import {
  fill,
  field,
  makeAccount,
  makeSession,
  makeUser,
  openMenu,
  press,
  refusal,
  useAccountServer,
} from '../testing'
import UsersPage from './UsersPage.vue'

vi.mock('@/live/useLive', () => ({ useLive: () => undefined }))

const { answer, sent, open } = useAccountServer()
const text = () => document.body.textContent

describe('the users', () => {
  beforeEach(() => {
    answer('GET /users', () => ({ users: [makeAccount()] }))
  })

  it('say how to have accounts where there are none, and ask the server nothing', async () => {
    setSession(makeSession({ mode: 'open', required: false, authenticated: true }))
    await open(UsersPage)
    expect(text()).toContain('LORAMANAGER_ACCOUNTS=true')
    expect(sent('GET /users')).toEqual([])
  })

  it('are added with a password that is shown once', async () => {
    answer('POST /users', () => ({ user: makeAccount({ name: 'linus' }), password: 'ONE-TIME' }))
    await open(UsersPage)
    await press('Add a user')
    await fill('Name to sign in with', 'linus')
    await press('Add')
    expect(sent('POST /users')[0]?.body).toEqual({
      name: 'linus',
      display_name: '',
      role: 'viewer',
      job_quota: 0,
    })
    expect(text()).toContain('ONE-TIME')
    await press('Done')
    expect(text()).not.toContain('ONE-TIME')
  })

  it('show what a role may do while it is chosen', async () => {
    await open(UsersPage)
    await press('Add a user')
    const rights = () => document.querySelector('ul[aria-label="What this role may do"]')!.textContent
    expect(rights()).toMatch(/Manage accounts.*no/)
    await fill('Role', 'administrator')
    expect(rights()).toMatch(/Manage accounts.*yes/)
  })

  it('say at the name that it is taken', async () => {
    answer('POST /users', () => refusal(409, 'conflict', 'There is an account with this name.'))
    await open(UsersPage)
    await press('Add a user')
    await fill('Name to sign in with', 'grace')
    await press('Add')
    expect(field('Name to sign in with').getAttribute('aria-invalid')).toBe('true')
  })

  it('are disabled at once, and back with one press', async () => {
    answer('PATCH /users/u2', () => ({ user: makeAccount({ disabled: true }) }))
    await open(UsersPage)
    await openMenu('Actions for grace')
    await press('Disable')
    await vi.waitFor(() => {
      expect(useToasts().value[0]?.title).toBe('grace was disabled and signed out')
    })
    await useToasts().value[0]?.action?.run()
    expect(sent('PATCH /users/u2').map(({ body }) => body)).toEqual([{ disabled: true }, { disabled: false }])
  })

  it('are removed only when their name was typed', async () => {
    answer('DELETE /users/u2', () => null)
    await open(UsersPage)
    await openMenu('Actions for grace')
    await press('Remove …')
    await vi.waitFor(() => {
      expect(text()).toContain('Remove grace?')
    })
    await press('Remove')
    expect(sent('DELETE /users/u2')).toEqual([])
    await fill('Type grace to confirm', 'grace')
    await press('Remove')
    expect(sent('DELETE /users/u2')).toHaveLength(1)
  })

  it('keep the last administrator, in the server’s words', async () => {
    answer('PATCH /users/u2', () => refusal(409, 'conflict', 'No administrator would be left.'))
    setSession(makeSession({ authenticated: true, user: makeUser({ id: 'u2' }) }))
    await open(UsersPage)
    await openMenu('Actions for grace')
    await press('Disable')
    await vi.waitFor(() => {
      expect(useToasts().value[0]?.title).toBe('No administrator would be left.')
    })
  })
})
