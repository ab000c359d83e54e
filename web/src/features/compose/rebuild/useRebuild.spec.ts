import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { parsePrompt, readPicture, type Rebuilt } from '@/api/generated'
import { useRebuild } from './useRebuild'

vi.mock('@/api/generated', () => ({ parsePrompt: vi.fn(), readPicture: vi.fn() }))

const rebuilt = (text: string): Rebuilt => ({
  producer: 'unknown',
  dialect: 'a1111',
  text,
  negative: '',
  entries: [],
  lost: [],
  params: null,
  raw: text,
})

describe('useRebuild', () => {
  const setUp = () => effectScope().run(() => useRebuild())!
  const picture = new Blob(['x'], { type: 'image/webp' })

  beforeEach(() => {
    vi.mocked(parsePrompt).mockReset()
    vi.mocked(readPicture).mockReset()
  })

  it('sends a picture as what it is: the server takes no other kind of body', async () => {
    vi.mocked(readPicture).mockResolvedValue(rebuilt('a cat') as never)
    const { fromPicture, found } = setUp()
    await fromPicture(picture)
    expect(vi.mocked(readPicture).mock.calls[0]![0]).toMatchObject({
      body: picture,
      headers: { 'Content-Type': 'image/webp' },
    })
    expect(found.value?.text).toBe('a cat')
  })

  it('forgets what was found when the next picture holds nothing', async () => {
    vi.mocked(readPicture)
      .mockResolvedValueOnce(rebuilt('a cat') as never)
      .mockRejectedValueOnce(new Error('no prompt'))
    const { fromPicture, found, error } = setUp()
    await fromPicture(picture)
    await fromPicture(picture)
    expect(found.value).toBeNull()
    expect(error.value).toBeInstanceOf(Error)
  })
})
