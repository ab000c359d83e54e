import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, ref } from 'vue'
import type { RecommendationResponse } from '@/api/generated'
import type { LiveHandlers } from '@/live/socket'
import { makeAnswer, makeItem } from '../fixtures'
import { announceTuned } from '../tuned'
import { isSameList, useAnswer } from './useAnswer'

const live = vi.hoisted((): { handlers: LiveHandlers } => ({ handlers: {} }))
vi.mock('@/live/useLive', () => ({
  useLive: (handlers: LiveHandlers) => {
    live.handlers = handlers
  },
}))

const answer = (session: string, ...ids: string[]) =>
  makeAnswer(
    session,
    ids.map((id) => makeItem(id)),
  )

describe('an answer that is looked at', () => {
  const key = ref('one')
  let next: RecommendationResponse | Error
  let asked = 0
  let scope: ReturnType<typeof effectScope>
  let it_: ReturnType<typeof useAnswer>
  const ids = () => it_.shown.value?.recommendations.map(({ lora_id: id }) => id)

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    key.value = 'one'
    asked = 0
    next = answer('s1', 'a', 'b')
    scope = effectScope()
    it_ = scope.run(() =>
      useAnswer(key, () => {
        asked++
        return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
      }),
    )!
    await flushPromises()
  })
  afterEach(() => {
    scope.stop()
    vi.useRealTimers()
  })

  async function change(reply: typeof next) {
    next = reply
    vi.advanceTimersByTime(5_000)
    live.handlers.recommend_changed?.({})
    vi.advanceTimersByTime(5_000)
    await flushPromises()
  }

  it('takes over new scores of the same list without a word', async () => {
    await change(answer('s2', 'a', 'b'))
    expect(it_.shown.value?.session_id).toBe('s2')
    expect(it_.waiting.value).toBeUndefined()
  })

  it('stays in place when others are recommended, until the reader wants those', async () => {
    await change(answer('s2', 'b', 'a'))
    expect(ids()).toEqual(['a', 'b'])
    expect(it_.waiting.value?.session_id).toBe('s2')
    it_.showWaiting()
    expect(ids()).toEqual(['b', 'a'])
    expect(it_.waiting.value).toBeUndefined()
  })

  it('stays when looking again fails', async () => {
    await change(new Error('no server'))
    expect(ids()).toEqual(['a', 'b'])
  })

  it('gives way at once to what the reader has just tuned', async () => {
    next = answer('s2', 'c')
    announceTuned()
    vi.advanceTimersByTime(100)
    await flushPromises()
    expect(ids()).toEqual(['c'])
  })

  it('is asked for once after each tuning, though the server tells of it too', async () => {
    vi.advanceTimersByTime(5_000)
    const before = asked
    for (const isToldFirst of [true, false, true]) {
      if (isToldFirst) live.handlers.recommend_changed?.({})
      announceTuned()
      if (!isToldFirst) live.handlers.recommend_changed?.({})
      vi.advanceTimersByTime(200)
      await flushPromises()
    }
    vi.advanceTimersByTime(10_000)
    await flushPromises()
    expect(asked - before).toBe(3)
  })

  it('is stale from the moment another question is asked', async () => {
    next = answer('s2', 'x')
    key.value = 'two'
    await Promise.resolve()
    await Promise.resolve()
    expect(it_.isStale.value || ids()?.[0] === 'x').toBe(true)
    await flushPromises()
    expect(ids()).toEqual(['x'])
    expect(it_.isStale.value).toBe(false)
  })

  it('is none while nothing is asked, and events ask nothing then', async () => {
    key.value = ''
    await flushPromises()
    const before = asked
    await change(answer('s2', 'x'))
    expect(ids()).toBeUndefined()
    expect(asked).toBe(before)
  })

  it('is looked for once, however many events there are', async () => {
    vi.advanceTimersByTime(5_000)
    const before = asked
    for (let event = 0; event < 50; event++)
      live.handlers.adapters_changed?.({ ids: null, change: event, reason: '' })
    vi.advanceTimersByTime(1_000)
    await flushPromises()
    expect(asked - before).toBe(1)
  })
})

describe('two answers', () => {
  it('are the same list only in the same order', () => {
    expect(isSameList(answer('1', 'a', 'b'), answer('2', 'a', 'b'))).toBe(true)
    expect(isSameList(answer('1', 'a', 'b'), answer('2', 'b', 'a'))).toBe(false)
    expect(isSameList(answer('1', 'a', 'b'), answer('2', 'a'))).toBe(false)
  })
})
