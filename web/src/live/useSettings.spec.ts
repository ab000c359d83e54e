import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { ApiError } from '@/api/problem'
import { parsePreferences } from '@/shared/preferences'
import { useSettings } from './useSettings'

/** A server that keeps the settings, reached through the app's real client. */
class SettingsServer {
  settings = parsePreferences({ theme: 'light', card_size: 'large' })
  refusal: Response | null = null
  readonly changes: unknown[] = []

  answer = async (input: RequestInfo | URL): Promise<Response> => {
    const request = input as Request
    if (request.method === 'PATCH') {
      const change = (await request.json()) as object
      this.changes.push(change)
      if (this.refusal) return this.refusal
      Object.assign(this.settings, change)
    }
    return Response.json(this.settings)
  }
}

describe('useSettings', () => {
  let scope: EffectScope
  let server: SettingsServer

  beforeEach(() => {
    server = new SettingsServer()
    vi.stubGlobal('fetch', server.answer)
    vi.stubGlobal('WebSocket', EventTarget)
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
    scope = effectScope()
  })
  afterEach(() => {
    scope.stop()
  })

  const use = () => scope.run(useSettings)!

  it('shows what the server has stored', async () => {
    const { settings } = use()
    await flushPromises()
    expect(settings.value).toMatchObject({ theme: 'light', card_size: 'large' })
  })

  it('shows a change at once and sends only that', async () => {
    const { settings, save } = use()
    await flushPromises()
    const saved = save({ theme: 'dark' })
    expect(settings.value.theme).toBe('dark')
    await saved
    expect(server.changes).toEqual([{ theme: 'dark' }])
  })

  it('takes a refused change back and keeps another made meanwhile', async () => {
    const { settings, save } = use()
    await flushPromises()
    server.refusal = Response.json({ code: 'storage_full', detail: 'The disk is full.' }, { status: 507 })
    const refused = save({ theme: 'dark' })
    settings.value = { ...settings.value, density: 'compact' }
    await expect(refused).rejects.toThrow(ApiError)
    expect(settings.value).toMatchObject({ theme: 'light', density: 'compact' })
  })
})
