import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { session as news } from '@/api/fetch'
import { settled } from '@/shared/testing'
import { forgetSession, regainSession, type Session, setSession, useSession } from '@/shared/useSession'
import { followSession } from './session'

const methods = { password: true, passkey: false, oidc: null }
const out: Session = {
  mode: 'accounts',
  authenticated: false,
  required: true,
  setup_needed: false,
  user: null,
  methods,
}
const inside = (id: string, mustChange = false): Session => ({
  ...out,
  authenticated: true,
  user: {
    id,
    name: id,
    display_name: '',
    role: 'viewer',
    permissions: ['library.read'],
    must_change: mustChange,
  },
})

describe('following the session', () => {
  let told: Session = out
  const page = { render: () => null }
  const assign = vi.fn()
  const reload = vi.fn()

  beforeEach(() => {
    vi.stubGlobal('fetch', () => Promise.resolve(Response.json(told)))
    vi.spyOn(location, 'assign').mockImplementation(assign)
    vi.spyOn(location, 'reload').mockImplementation(reload)
    assign.mockReset()
    reload.mockReset()
    told = out
  })
  afterEach(async () => {
    // One that stands at the login page follows nothing.
    for (const one of followed.splice(0)) await one.push('/login')
    regainSession()
    forgetSession()
    await settled()
  })

  const followed: Router[] = []
  const follow = () => {
    const fresh = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/:path(.*)*', component: page }],
    })
    followed.push(fresh)
    return { fresh, check: followSession(fresh) }
  }

  it('leads whoever has to sign in to the login page, and names the page they wanted', async () => {
    const { fresh } = follow()
    await fresh.push('/library?q=a')
    expect(fresh.currentRoute.value.fullPath).toBe('/login?next=/library?q=a')
  })

  it('leads whoever has to change a password there too', async () => {
    told = inside('ada', true)
    const { fresh } = follow()
    await fresh.push('/')
    expect(fresh.currentRoute.value.fullPath).toBe('/login')
  })

  it('lets everybody in on an open server', async () => {
    told = { ...inside(''), mode: 'open', required: false }
    const { fresh } = follow()
    await fresh.push('/library')
    expect(fresh.currentRoute.value.path).toBe('/library')
  })

  it('leaves the page where it is when the login ends, and knows what to ask for', async () => {
    told = inside('ada')
    const { fresh } = follow()
    await fresh.push('/compose')
    told = out
    news.dispatchEvent(new Event('unauthorized'))
    await settled()
    expect(fresh.currentRoute.value.path).toBe('/compose')
    expect(useSession().lost.value?.methods).toEqual(methods)
    expect(assign).not.toHaveBeenCalled()
  })

  it('takes note of another role and stays', async () => {
    told = inside('ada')
    const { fresh, check } = follow()
    await fresh.push('/library')
    told = { ...inside('ada'), user: { ...inside('ada').user!, permissions: [] } }
    await check()
    expect(useSession().lost.value).toBeNull()
    expect(useSession().may('library.read')).toBe(false)
  })

  it('leaves when somebody signs out, and begins anew for somebody else', async () => {
    told = inside('ada')
    const { fresh } = follow()
    await fresh.push('/library')
    setSession(inside('grace'))
    await settled()
    expect(reload).toHaveBeenCalledOnce()
    forgetSession()
    await settled()
    expect(assign).toHaveBeenCalledWith('/login')
  })
})
