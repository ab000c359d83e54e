import { describe, expect, it } from 'vitest'
import { growth, hostsOf, measured } from './samples'

describe('hostsOf', () => {
  const sample = (host: string, cpu: number, minute = 0) => ({
    timestamp: new Date(Date.UTC(2026, 4, 1, 0, minute)).toISOString(),
    host,
    cpu_percent: cpu,
    memory_percent: null,
    gpu_percent: null,
  })

  it('leaves a gap where nothing was measured for long', () => {
    const [host] = hostsOf([0, 1, 2, 40, 41].map((minute) => sample('a', minute, minute)))
    expect(host!.cpu).toEqual([0, 1, 2, null, 40, 41])
    expect(host!.times[3]).toBe(Date.UTC(2026, 4, 1, 0, 3))
  })

  it('keeps computers apart, by name', () => {
    const hosts = hostsOf([sample('b', 1), sample('a', 2), sample('b', 3)])
    expect(hosts.map(({ host, cpu }) => [host, cpu])).toEqual([
      ['a', [2]],
      ['b', [1, 3]],
    ])
    expect(hostsOf([])).toEqual([])
  })
})

it('measured drops the line of a card that is not there, and keeps one with gaps', () => {
  const line = (name: string, ...values: (number | null)[]) => ({ name, color: 'accent' as const, values })
  const kept = measured([line('gpu', null, null), line('cpu', null, 4)])
  expect(kept.map(({ name }) => name)).toEqual(['cpu'])
})

describe('growth', () => {
  const point = (bytes: number | null) => ({
    timestamp: '2026-05-01T00:00:00Z',
    pictures_bytes: bytes,
    database_bytes: null,
  })

  it.each([
    ['from the first measure to the last', [point(null), point(5), point(9), point(3)], -2],
    ['of one measure is not known', [point(5), point(null)], null],
    ['of none is not known', [], null],
  ])('%s', (_, points, by) => {
    expect(growth(points, (each) => each.pictures_bytes)).toBe(by)
  })
})
