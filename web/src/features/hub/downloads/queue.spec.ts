import { describe, expect, it } from 'vitest'
import { makeDownload } from '../fixtures'
import { choiceOf } from './choice'
import { moved, shareOf, timeLeft, withDownload } from './queue'

describe('shareOf', () => {
  it('is not known where the hub does not state a size, and never more than all', () => {
    expect(shareOf({ bytes: 5, bytes_total: -1 })).toBeNull()
    expect(shareOf({ bytes: 5, bytes_total: 10 })).toBe(0.5)
    expect(shareOf({ bytes: 12, bytes_total: 10 })).toBe(1)
  })
})

describe('timeLeft', () => {
  it('follows from the speed, and is not guessed without one', () => {
    expect(timeLeft(makeDownload('a', { bytes: 50, bytes_total: 150, bytes_per_second: 10 }))).toBe(10_000)
    expect(timeLeft(makeDownload('a', { bytes: 50, bytes_total: 150 }))).toBeNull()
    expect(timeLeft(makeDownload('a', { bytes_total: -1, bytes_per_second: 10 }))).toBeNull()
  })
})

describe('withDownload', () => {
  it('keeps the place of one that is known and puts a new one last', () => {
    const [a, b] = [makeDownload('a'), makeDownload('b')]
    const running = { ...a, state: 'running' as const }
    expect(withDownload([a, b], running)).toEqual([running, b])
    expect(withDownload([a], b)).toEqual([a, b])
  })
})

describe('moved', () => {
  it('goes a step and no further than the ends', () => {
    expect(moved(['a', 'b', 'c'], 'b', -1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 'b', 1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b'], 'a', -1)).toBeNull()
    expect(moved(['a', 'b'], 'x', 1)).toBeNull()
  })
})

describe('choiceOf', () => {
  it('takes an address as it is and anything else as the id of a version', () => {
    expect(choiceOf(' https://civitai.com/models/1 ', 'civitai')).toEqual({
      url: 'https://civitai.com/models/1',
    })
    expect(choiceOf(' 5001 ', 'civarchive')).toEqual({ hub: 'civarchive', version_id: '5001' })
  })
})
