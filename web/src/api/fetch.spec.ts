import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { apiFetch, session } from './fetch'
import { ApiError, isAbort } from './problem'

const url = 'http://lora.test/api/v1/roots'
/** What the app asks beside its requests: whether the server is there. */
const there = () => Promise.resolve(Response.json({ status: 'ok' }))
const problem = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })

describe('apiFetch', () => {
  const server = vi.fn<typeof fetch>()

  beforeEach(() => {
    vi.useFakeTimers()
    server.mockReset()
    vi.stubGlobal('fetch', (input: Request) => (input instanceof Request ? server(input) : there()))
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Lets all waiting between tries pass and returns how the call ended. */
  async function call(init?: RequestInit): Promise<unknown> {
    const ended = apiFetch(url, init).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(2_000)
    return ended
  }

  it('returns a success', async () => {
    server.mockResolvedValue(new Response('{}'))
    expect(await call()).toBeInstanceOf(Response)
    expect(server).toHaveBeenCalledOnce()
  })

  it('throws what the server says about a failure', async () => {
    server.mockResolvedValue(
      problem(422, {
        code: 'invalid',
        detail: 'The folder cannot be added.',
        request_id: 'r1',
        errors: [{ location: 'body.path', message: 'Not a folder.' }],
      }),
    )
    const error = (await call({ method: 'POST', body: '{}' })) as ApiError
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, code: 'invalid', requestId: 'r1' })
    expect(error.detail).toBe('The folder cannot be added.')
    expect(error.fieldError('path')).toBe('Not a folder.')
    expect(error.fieldError('name')).toBeUndefined()
  })

  it('copes with a proxy that answers in HTML', async () => {
    server.mockResolvedValue(new Response('<h1>Nope</h1>', { status: 413 }))
    expect(await call({ method: 'POST' })).toMatchObject({ status: 413, code: 'too_large', detail: '' })
  })

  it.each([502, 503, 504])('reads again after %d', async (status) => {
    server.mockResolvedValueOnce(new Response('', { status })).mockResolvedValueOnce(new Response('{}'))
    expect(await call()).toBeInstanceOf(Response)
    expect(server).toHaveBeenCalledTimes(2)
  })

  it('reads again after a network failure and gives up after three tries', async () => {
    server.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(await call()).toMatchObject({ code: 'network' })
    expect(server).toHaveBeenCalledTimes(3)
  })

  it.each([400, 404, 409, 422, 500])('does not read again after %d', async (status) => {
    server.mockResolvedValue(problem(status, {}))
    await call()
    expect(server).toHaveBeenCalledOnce()
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('never sends a %s twice', async (method) => {
    server.mockRejectedValue(new TypeError('Failed to fetch'))
    expect(await call({ method })).toMatchObject({ code: 'network' })
    expect(server).toHaveBeenCalledOnce()
  })

  it('passes on that a request was given up, also between two tries', async () => {
    server.mockResolvedValue(new Response('', { status: 503 }))
    const controller = new AbortController()
    const ended = apiFetch(url, { signal: controller.signal }).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(10)
    controller.abort()
    expect(isAbort(await ended)).toBe(true)
    expect(server).toHaveBeenCalledOnce()
  })

  it('tells when the server wants a key', async () => {
    const listener = vi.fn()
    session.addEventListener('unauthorized', listener)
    server.mockResolvedValueOnce(problem(403, { code: 'forbidden' }))
    await call()
    expect(listener).not.toHaveBeenCalled()
    server.mockResolvedValueOnce(problem(403, { code: 'unauthorized' }))
    await call()
    expect(listener).toHaveBeenCalledOnce()
    session.removeEventListener('unauthorized', listener)
  })
})
