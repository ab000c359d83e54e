import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { download, downloadFrom, saveFile } from './download'
import { ApiError } from './problem'

interface Request {
  url: '/api/v1/adapters/export'
  body: { format: 'csv' }
}

describe('download', () => {
  const server = vi.fn<typeof fetch>()
  const ask = (signal = new AbortController().signal) =>
    download<Request>('/api/v1/adapters/export', { format: 'csv' }, signal)

  beforeEach(() => {
    server.mockReset()
    vi.stubGlobal('fetch', server)
  })

  it('sends JSON and returns the file under the name the server gave it', async () => {
    server.mockResolvedValue(
      new Response('id\n', { headers: { 'Content-Disposition': 'attachment; filename="a b.csv"' } }),
    )
    const { name, blob } = await ask()
    expect(name).toBe('a b.csv')
    expect(await blob.text()).toBe('id\n')
    const request = server.mock.calls[0]![0] as globalThis.Request
    expect(request.method).toBe('POST')
    expect(request.headers.get('Content-Type')).toBe('application/json')
    expect(await request.json()).toEqual({ format: 'csv' })
  })

  it('throws what the server says about a failure', async () => {
    server.mockResolvedValue(Response.json({ code: 'invalid', detail: 'No such field.' }, { status: 422 }))
    await expect(ask()).rejects.toMatchObject({ code: 'invalid', detail: 'No such field.' })
  })

  it('takes a file that breaks off for a failure of the network', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('[\n'))
        controller.error(new TypeError('network error'))
      },
    })
    server.mockResolvedValue(new Response(broken))
    const error = await ask().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'network' })
  })
})

describe('downloadFrom', () => {
  it('asks with an address alone, which leaves out what is not known', async () => {
    const server = vi
      .fn<typeof fetch>()
      .mockResolvedValue(
        new Response('[]', { headers: { 'Content-Disposition': 'attachment; filename="volume.json"' } }),
      )
    vi.stubGlobal('fetch', server)
    const query = { format: 'json', start: undefined, tz: 'Europe/Berlin' }
    const { signal } = new AbortController()
    const file = await downloadFrom<{ url: '/api/v1/analytics/export'; query?: typeof query }>(
      '/api/v1/analytics/export',
      query,
      signal,
    )
    expect(file.name).toBe('volume.json')
    const request = server.mock.calls[0]![0] as globalThis.Request
    expect(request.method).toBe('GET')
    expect(new URL(request.url).search).toBe('?format=json&tz=Europe%2FBerlin')
  })
})

describe('saveFile', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('hands the file over by its name and lets go of it later', () => {
    const clicked: string[] = []
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      clicked.push(this.download, this.href)
    })
    vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:file')
    const revoked = vi.spyOn(URL, 'revokeObjectURL').mockReturnValue()
    saveFile({ name: 'a.json', blob: new Blob(['[]']) })
    expect(clicked).toEqual(['a.json', 'blob:file'])
    expect(revoked).not.toHaveBeenCalled()
    vi.runAllTimers()
    expect(revoked).toHaveBeenCalledWith('blob:file')
  })
})
