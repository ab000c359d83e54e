import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useSession } from '@/shared/useSession'
import { fill, field, makeSession, makeUser, press, refusal, useAccountServer } from '../testing'
import LoginPage from './LoginPage.vue'

const { answer, sent, open } = useAccountServer()
const inside = (change = {}) => makeSession({ authenticated: true, user: makeUser(), ...change })
const text = () => document.body.textContent

describe('the login page', () => {
  const left = vi.fn()
  beforeEach(() => {
    left.mockReset()
    vi.spyOn(location, 'assign').mockImplementation(left)
    answer('GET /session', () => makeSession())
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  async function signIn() {
    await fill('Name', ' ada ')
    await fill('Password', 'correct horse battery')
    await press('Sign in')
  }

  it('lets in with name and password, and goes on to the page that was asked for', async () => {
    answer('POST /session', () => ({ ...inside(), second: null }))
    await open(LoginPage, '/login?next=/library?q=a')
    await signIn()
    expect(sent('POST /session')[0]?.body).toEqual({ name: 'ada', password: 'correct horse battery' })
    expect(left).toHaveBeenCalledWith('http://lora.test/library?q=a')
    expect(useSession().user.value?.name).toBe('ada')
  })

  it('never leads to another site', async () => {
    answer('POST /session', () => ({ ...inside(), second: null }))
    await open(LoginPage, '/login?next=//example.org/')
    await signIn()
    expect(left).toHaveBeenCalledOnce()
    expect(left.mock.calls[0]![0]).not.toContain('example.org')
  })

  it('tells password managers what is what', async () => {
    await open(LoginPage, '/login')
    expect(field('Name').autocomplete).toBe('username webauthn')
    expect(field('Password').autocomplete).toBe('current-password')
  })

  it('says that name or password is wrong, whichever it is', async () => {
    answer('POST /session', () => refusal(401, 'unauthorized', 'No.'))
    await open(LoginPage, '/login')
    await signIn()
    expect(text()).toContain('The name or the password is wrong.')
    expect(left).not.toHaveBeenCalled()
  })

  it('counts down after too many tries', async () => {
    answer('POST /session', () =>
      Response.json(
        { code: 'rate_limited', detail: 'Too many tries.' },
        { status: 429, headers: { 'Retry-After': '42' } },
      ),
    )
    await open(LoginPage, '/login')
    await signIn()
    expect(text()).toContain('Too many tries.')
    expect(text()).toContain('Wait 42 seconds')
  })

  it('asks for the second factor, or a recovery code in its place', async () => {
    answer('POST /session', () => ({
      ...makeSession(),
      second: { flow: 'f1', methods: ['totp', 'recovery'] },
    }))
    answer('POST /session/second', () => ({ ...inside(), second: null }))
    await open(LoginPage, '/login')
    await signIn()
    expect(left).not.toHaveBeenCalled()
    expect(field('Code from your authenticator app').autocomplete).toBe('one-time-code')
    await press('Use a recovery code')
    await fill('Recovery code', ' abcd-efgh ')
    await press('Sign in')
    expect(sent('POST /session/second')[0]?.body).toEqual({ flow: 'f1', code: 'abcd-efgh' })
    expect(left).toHaveBeenCalledOnce()
  })

  it('has a one-time password changed first, without asking for it again', async () => {
    const due = inside({ user: makeUser({ must_change: true }) })
    answer('POST /session', () => ({ ...due, second: null }))
    answer('POST /account/password', () => null)
    await open(LoginPage, '/login')
    await signIn()
    expect(left).not.toHaveBeenCalled()
    answer('GET /session', () => inside())
    await fill('New password', 'a better phrase')
    await fill('New password again', 'a better phrasf')
    await press('Save and continue')
    expect(text()).toContain('The two passwords differ.')
    await fill('New password again', 'a better phrase')
    await press('Save and continue')
    expect(sent('POST /account/password').map(({ body }) => body)).toEqual([
      { current: 'correct horse battery', new: 'a better phrase' },
    ])
    expect(left).toHaveBeenCalledOnce()
  })

  it('makes the first account with the token', async () => {
    answer('GET /session', () => makeSession({ setup_needed: true }))
    answer('POST /session/setup', () => ({ ...inside(), second: null }))
    await open(LoginPage, '/login')
    await fill('Set-up token', 'token')
    await fill('Your name', 'ada')
    await fill('New password', 'correct horse battery')
    await fill('New password again', 'correct horse battery')
    await press('Make the account')
    expect(sent('POST /session/setup')[0]?.body).toEqual({
      token: 'token',
      name: 'ada',
      password: 'correct horse battery',
    })
    expect(left).toHaveBeenCalledOnce()
  })

  it('offers the sign-in provider, and says why that failed', async () => {
    const methods = { password: true, passkey: false, oidc: { name: 'Keycloak' } }
    answer('GET /session', () => makeSession({ methods }))
    await open(LoginPage, '/login?next=/history&error=forbidden')
    const link = [...document.querySelectorAll('a')].find((one) => one.textContent.includes('Keycloak'))
    expect(link?.getAttribute('href')).toBe('/api/v1/session/oidc?next=%2Fhistory')
    expect(text()).toContain('Ask an administrator.')
  })

  it('asks for the key where the server has one', async () => {
    answer('GET /session', () => makeSession({ mode: 'key' }))
    answer('POST /session', () => refusal(403, 'unauthorized', 'Invalid API Key'))
    await open(LoginPage, '/login')
    await fill('API key', 'wrong')
    await press('Sign in')
    expect(text()).toContain('The server does not know this key.')
  })

  it('has nothing to ask on an open server', async () => {
    answer('GET /session', () => makeSession({ mode: 'open', required: false, authenticated: true }))
    await open(LoginPage, '/login')
    expect(document.querySelector('input')).toBeNull()
    await press('Continue')
    expect(left).toHaveBeenCalledOnce()
  })
})
