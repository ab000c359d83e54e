import { afterEach, describe, expect, it } from 'vitest'
import description from '../../../internal/httpapi/openapi.json'
import {
  forgetSession,
  loseSession,
  parseSession,
  permissions,
  regainSession,
  type Session,
  setSession,
  useSession,
} from './useSession'

const session: Session = {
  mode: 'accounts',
  authenticated: true,
  required: true,
  setup_needed: false,
  user: {
    id: 'u1',
    name: 'ada',
    display_name: '',
    role: 'viewer',
    permissions: ['library.read'],
    must_change: false,
  },
  methods: { password: true, passkey: true, oidc: null },
}

describe('useSession', () => {
  afterEach(forgetSession)

  it('knows what its user may do, and leaves it to the server before there is one', () => {
    const { may } = useSession()
    expect(may('library.edit')).toBe(true)
    setSession(session)
    expect(may('library.read')).toBe(true)
    expect(may('library.edit')).toBe(false)
  })

  it('keeps whose page it is while they have to sign in again, and counts their return', () => {
    const { user, lost, returns } = useSession()
    setSession(session)
    const before = returns.value
    loseSession({ ...session, authenticated: false, user: null })
    expect(lost.value?.authenticated).toBe(false)
    expect(user.value?.name).toBe('ada')
    regainSession()
    regainSession()
    expect(lost.value).toBeNull()
    expect(returns.value).toBe(before + 1)
  })

  it.each(['', '{}', 'null', '{"mode":"other"}'])('takes %s for no session', (text) => {
    expect(parseSession(text)).toBeNull()
  })

  it('names the permissions that the server’s operations need', () => {
    const text = JSON.stringify(description.paths)
    const needed = [...text.matchAll(/"x-permission":"([^"]+)"/g)].map(([, name]) => name)
    expect([...permissions].sort()).toEqual([...new Set(needed)].sort())
  })
})
