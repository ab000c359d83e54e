import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { apiFetch } from './fetch'
import { askServer, useReach } from './reach'

const { isOut, lastContact } = useReach()
const away = () => Promise.reject(new TypeError('Failed to fetch'))
const there = () => Promise.resolve(Response.json({ status: 'ok' }))

describe('whether the server is in reach', () => {
  const fetch = vi.fn<(input: unknown) => Promise<Response>>()

  beforeEach(() => {
    vi.useFakeTimers()
    fetch.mockImplementation(there)
    vi.stubGlobal('fetch', fetch)
  })
  afterEach(async () => {
    fetch.mockImplementation(there)
    await askServer()
    vi.useRealTimers()
  })

  it('is known from every answer', async () => {
    vi.setSystemTime(new Date('2026-05-01T10:00:00Z'))
    await apiFetch('http://lora.test/api/v1/adapters')
    expect(isOut.value).toBe(false)
    expect(lastContact.value).toBe(Date.parse('2026-05-01T10:00:00Z'))
  })

  it('is asked for when a change got no answer, and again until there is one', async () => {
    fetch.mockImplementation(away)
    await expect(apiFetch('http://lora.test/api/v1/x', { method: 'PATCH' })).rejects.toThrow()
    await askServer()
    expect(isOut.value).toBe(true)
    fetch.mockImplementation(there)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(isOut.value).toBe(false)
  })

  it('is not when one request failed and the server answers the next', async () => {
    fetch.mockImplementationOnce(away)
    await expect(apiFetch('http://lora.test/api/v1/x', { method: 'PATCH' })).rejects.toThrow()
    await askServer()
    expect(isOut.value).toBe(false)
  })

  it('is denied by an answer that this browser had kept, which tells the last contact', async () => {
    const kept = Response.json({}, { headers: { 'X-Kept': '1', Date: 'Fri, 01 May 2099 09:00:00 GMT' } })
    fetch.mockResolvedValueOnce(kept)
    await apiFetch('http://lora.test/api/v1/adapters')
    expect(isOut.value).toBe(true)
    expect(lastContact.value).toBe(Date.parse('2099-05-01T09:00:00Z'))
  })
})
