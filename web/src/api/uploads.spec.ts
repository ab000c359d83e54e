import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from './problem'
import { beginUpload, dropUpload, sendUpload, uploadOffset } from './uploads'

const signal = () => new AbortController().signal

function answerWith(response: Response) {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request)
    return Promise.resolve(response.clone())
  })
  return asked
}

describe('entering an upload', () => {
  it('names the file with its folders, in any letters, and reads the id it got', async () => {
    const asked = answerWith(
      new Response(null, { status: 201, headers: { Location: '/base/api/v1/uploads/transfer/AB12' } }),
    )
    expect(await beginUpload('モデル/α.safetensors', 12, signal())).toBe('AB12')
    const { headers, method } = asked[0]!
    expect(method).toBe('POST')
    expect(headers.get('Upload-Length')).toBe('12')
    const [, path] = headers.get('Upload-Metadata')!.split(',relativePath ')
    const text = new TextDecoder().decode(Uint8Array.from(atob(path!), (byte) => byte.charCodeAt(0)))
    expect(text).toBe('モデル/α.safetensors')
  })

  it('asks how much has arrived, and drops it', async () => {
    const asked = answerWith(new Response(null, { status: 200, headers: { 'Upload-Offset': '7' } }))
    expect(await uploadOffset('a/b')).toBe(7)
    await dropUpload('a/b')
    expect(asked.map(({ method, url }) => [method, url])).toEqual([
      ['HEAD', 'http://lora.test/api/v1/uploads/transfer/a%2Fb'],
      ['DELETE', 'http://lora.test/api/v1/uploads/transfer/a%2Fb'],
    ])
  })
})

/** A request that is answered by hand. */
class FakeRequest {
  static last: FakeRequest
  upload: { onprogress?: (event: { loaded: number }) => void } = {}
  status = 0
  responseText = ''
  answered = new Map<string, string>()
  headers = new Map<string, string>()
  isAborted = false
  onload?: () => void
  onerror?: () => void
  onloadend?: () => void
  constructor() {
    FakeRequest.last = this
  }
  open = vi.fn()
  send = vi.fn()
  abort() {
    this.isAborted = true
  }
  setRequestHeader(name: string, value: string) {
    this.headers.set(name, value)
  }
  getResponseHeader(name: string) {
    return this.answered.get(name) ?? null
  }
  answer(status: number, body = '') {
    this.status = status
    this.responseText = body
    this.onload?.()
    this.onloadend?.()
  }
}

describe('sending', () => {
  beforeEach(() => {
    vi.stubGlobal('XMLHttpRequest', FakeRequest)
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('says where the bytes belong, tells of those that left, and returns where to go on', async () => {
    const sent = vi.fn()
    const sending = sendUpload('u', 100, new Blob(['abc']), signal(), sent)
    const request = FakeRequest.last
    expect(request.headers.get('Upload-Offset')).toBe('100')
    request.upload.onprogress?.({ loaded: 2 })
    expect(sent).toHaveBeenCalledWith(2)
    request.answered.set('Upload-Offset', '103')
    request.answer(204)
    expect(await sending).toBe(103)
  })

  it('fails with the reason of the server, or of the network', async () => {
    const refused = sendUpload('u', 0, new Blob(['abc']), signal(), vi.fn())
    FakeRequest.last.answer(507, JSON.stringify({ code: 'storage_full', detail: 'The disk is full.' }))
    await expect(refused).rejects.toMatchObject({ code: 'storage_full', detail: 'The disk is full.' })

    const lost = sendUpload('u', 0, new Blob(['abc']), signal(), vi.fn())
    FakeRequest.last.onerror?.()
    await expect(lost).rejects.toBeInstanceOf(ApiError)
    await expect(lost).rejects.toMatchObject({ code: 'network' })
  })

  it('stops at once when it is given up', async () => {
    const giving = new AbortController()
    const sending = sendUpload('u', 0, new Blob(['abc']), giving.signal, vi.fn())
    giving.abort()
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    expect(FakeRequest.last.isAborted).toBe(true)
  })
})
