import { describe, expect, it } from 'vitest'
import { auditAddress, parseAuditQuery, toFilter } from './audit/auditQuery'
import { readAgent } from './own/agent'
import { goesBeyond, toKey } from './own/keyForm'
import { passwordHints } from './passwordHints'
import { makeAccount, roleList } from './testing'
import { quotaOf, toPatch, userForm } from './users/userForm'

describe('the hints at a password', () => {
  const unmet = (password: string, name = 'ada') =>
    passwordHints(password, name).flatMap(({ hint, isMet }) => (isMet ? [] : [hint]))

  it('are met by a phrase', () => {
    expect(unmet('correct horse battery')).toEqual([])
  })
  it('count characters, not code units', () => {
    expect(unmet('🐎🔋📎🪨🧱')).toEqual(['length'])
  })
  it('know the name, however it is written', () => {
    expect(unmet('Augusta Ada', ' augusta ada')).toEqual(['name'])
  })
  it('see the same over and over', () => {
    expect(unmet('aaaaaaaaaaaa')).toEqual(['variety'])
  })
})

describe('a browser’s name', () => {
  it.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
      'Chrome',
      'Linux',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0',
      'Edge',
      'Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari',
      'iOS',
    ],
    ['Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0', 'Firefox', 'Android'],
  ])('is read from %s', (agent, browser, system) => {
    expect(readAgent(agent)).toEqual({ browser, system })
  })
  it('is none for a program', () => {
    expect(readAgent('curl/8.9')).toEqual({ browser: undefined, system: undefined })
  })
})

describe('a new key', () => {
  const form = { name: ' nightly ', scopes: ['files', 'read'] as const, expiry: 'd30' as const }

  it('ends so many days from now', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(toKey({ ...form, scopes: [...form.scopes] }, now)).toEqual({
      name: 'nightly',
      scopes: ['read', 'files'],
      expires_at: '2026-01-31T00:00:00.000Z',
    })
  })
  it('has no end where none is wanted', () => {
    expect(toKey({ ...form, scopes: ['read'], expiry: 'never' })).not.toHaveProperty('expires_at')
  })
  it('may be given more than its owner has', () => {
    expect(goesBeyond('files', ['library.read'], roleList as never)).toBe(true)
    expect(goesBeyond('read', ['library.read'], roleList as never)).toBe(false)
  })
})

describe('the form of a user', () => {
  const user = makeAccount({ job_quota: 3 })

  it('sends what was changed and nothing else', () => {
    expect(toPatch(userForm(user), user)).toEqual({})
    expect(toPatch({ ...userForm(user), role: 'editor', job_quota: '' }, user)).toEqual({
      role: 'editor',
      job_quota: 0,
    })
  })
  it.each(['-1', '1.5', 'many', '1000001'])('does not take %s jobs', (typed) => {
    expect(quotaOf({ ...userForm(user), job_quota: typed })).toBeUndefined()
  })
})

describe('the filters of the audit log', () => {
  it('stand in the address and come back from it', () => {
    const query = { q: 'ada', account: 'u1', action: 'addUser', since: '2026-01-01', until: '2026-01-31' }
    expect(parseAuditQuery(auditAddress(query) as Record<string, string>)).toEqual(query)
  })
  it('leave out what is no day', () => {
    expect(parseAuditQuery({ since: 'yesterday', until: '2026-13-99' })).toMatchObject({
      since: '',
      until: '',
    })
  })
  it('take the last day in whole', () => {
    const filter = toFilter(parseAuditQuery({ since: '2026-01-31', until: '2026-01-31' }))
    expect(Date.parse(filter.until!) - Date.parse(filter.since!)).toBe(24 * 60 * 60 * 1000)
  })
})
