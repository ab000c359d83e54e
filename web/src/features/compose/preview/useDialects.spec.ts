import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { composeDialects, type DialectsReply } from '@/api/generated'
import type { Content } from '../bench/bench'
import { pauseBeforeWriting, useDialects } from './useDialects'

vi.mock('@/api/generated', () => ({ composeDialects: vi.fn() }))
vi.mock('@/live/useLive', () => ({ useLive: vi.fn() }))

interface Request {
  body: Content
  signal: AbortSignal
}

const empty: Content = { prefix: '', suffix: '', negative: '', entries: [] }
const send = vi.mocked(composeDialects) as unknown as Mock<(options: Request) => Promise<DialectsReply>>
const replyOf = (warning: string): DialectsReply => ({ dialects: [], warnings: [warning], findings: [] })

describe('useDialects', () => {
  const scope = effectScope()
  beforeEach(() => {
    vi.useFakeTimers()
    send.mockReset()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  const setUp = () => {
    const content = ref(empty)
    return { content, ...scope.run(() => useDialects(content))! }
  }
  const rest = () => vi.advanceTimersByTimeAsync(pauseBeforeWriting)

  it('asks once for a row of changes', async () => {
    send.mockResolvedValue(replyOf('x'))
    const { content } = setUp()
    for (const prefix of ['a', 'ab', 'abc']) {
      content.value = { ...empty, prefix }
      await nextTick()
    }
    await rest()
    expect(send.mock.calls.map(([{ body }]) => body.prefix)).toEqual(['', 'abc'])
  })

  it('does not ask for what has not changed', async () => {
    send.mockResolvedValue(replyOf('x'))
    const { content } = setUp()
    content.value = { ...empty }
    await nextTick()
    await rest()
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('gives up a request that is about something else by now, and ignores its answer', async () => {
    const answers: ((reply: DialectsReply) => void)[] = []
    send.mockImplementation(
      () =>
        new Promise<DialectsReply>((resolve) => {
          answers.push(resolve)
        }),
    )
    const { content, reply, isWriting } = setUp()
    content.value = { ...empty, prefix: 'new' }
    await nextTick()
    expect(send.mock.calls[0]![0].signal.aborted).toBe(true)
    await rest()
    answers[0]!(replyOf('old'))
    await nextTick()
    expect(reply.value).toBeNull()
    expect(isWriting.value).toBe(true)
    answers[1]!(replyOf('new'))
    await vi.waitFor(() => {
      expect(reply.value?.warnings).toEqual(['new'])
    })
    expect(isWriting.value).toBe(false)
  })

  it('keeps the last text when the server fails, and says why', async () => {
    send.mockResolvedValueOnce(replyOf('good')).mockRejectedValueOnce(new Error('away'))
    const { content, reply, error } = setUp()
    await vi.advanceTimersByTimeAsync(0)
    content.value = { ...empty, prefix: 'a' }
    await nextTick()
    await rest()
    expect(reply.value?.warnings).toEqual(['good'])
    expect(error.value).toBeInstanceOf(Error)
  })
})
