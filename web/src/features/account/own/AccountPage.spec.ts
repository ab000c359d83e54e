import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fill, makeAccount, press, refusal, useAccountServer } from '../testing'
import AccountPage from './AccountPage.vue'

vi.mock('@/live/useLive', () => ({ useLive: () => undefined }))

const { answer, sent, open } = useAccountServer()
const text = () => document.body.textContent
const session = (id: string, current: boolean) => ({
  id,
  current,
  method: 'password',
  address: '192.0.2.7',
  agent: current ? 'X11; Linux Chrome/1' : 'iPhone Version/18 Safari/1',
  created_at: '2026-01-01T00:00:00Z',
  seen_at: '2026-01-01T00:00:00Z',
  expires_at: '2026-02-01T00:00:00Z',
})

describe('one’s own account', () => {
  beforeEach(() => {
    answer('GET /account', () => ({ account: makeAccount({ id: 'u1', name: 'ada' }) }))
    answer('GET /account/sessions', () => ({ sessions: [session('s1', true), session('s2', false)] }))
    answer('GET /account/passkeys', () => ({ passkeys: [] }))
    answer('GET /account/keys', () => ({ keys: [] }))
  })

  it('marks this browser and signs others out', async () => {
    answer('DELETE /account/sessions/s2', () => null)
    await open(AccountPage)
    expect(text()).toContain('Chrome on Linux')
    expect(text()).toContain('This browser')
    await press('Sign out Safari on iOS')
    expect(sent('DELETE /account/sessions/s2')).toHaveLength(1)
    expect(sent('GET /account/sessions')).toHaveLength(2)
  })

  it('turns the authenticator app on in steps, and shows the recovery codes once', async () => {
    answer('POST /account/totp', ({ body }) =>
      (body as { password?: string }).password === 'right'
        ? { secret: 'ABCDEFGH', uri: 'otpauth://totp/x', qr: 'data:image/png;base64,' }
        : refusal(403, 'forbidden', 'No.', {
            errors: [{ location: 'body.password', message: 'This is not your password.' }],
          }),
    )
    answer('POST /account/totp/confirm', () => ({ recovery_codes: ['aaaa-bbbb', 'cccc-dddd'] }))
    await open(AccountPage)
    await press('Turn on')
    await fill('Your password', 'wrong')
    await press('Continue')
    expect(text()).toContain('This is not your password.')
    await fill('Your password', 'right')
    await press('Continue')
    expect(text()).toContain('ABCD EFGH')
    await fill('Code the app shows now', '123 456')
    await press('Turn on')
    expect(sent('POST /account/totp/confirm')[0]?.body).toEqual({ code: '123456' })
    expect(text()).toContain('cccc-dddd')
    await press('I have kept them')
    expect(text()).not.toContain('cccc-dddd')
  })

  it('makes a key and shows it once', async () => {
    answer('POST /account/keys', () => ({ key: {}, secret: 'lm_secret' }))
    await open(AccountPage)
    await press('Make a key')
    await fill('Name', 'script')
    await press('Make a key')
    expect(sent('POST /account/keys')[0]?.body).toMatchObject({ name: 'script', scopes: ['read'] })
    expect(text()).toContain('lm_secret')
    await press('Done')
    expect(text()).not.toContain('lm_secret')
  })

  it('says why it cannot be read', async () => {
    answer('GET /account', () => refusal(500, 'internal', 'The database is busy.'))
    await open(AccountPage)
    expect(text()).toContain('The database is busy.')
  })
})
