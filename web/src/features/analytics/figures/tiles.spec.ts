import { describe, expect, it } from 'vitest'
import { slotsOf } from '../course/slots'
import { makeSummary } from '../fixtures'
import { compare, type Tile, tilesOf } from './tiles'

const summary = makeSummary()
const tiles = (of = summary) => tilesOf(of, slotsOf(of.chart_data))

describe('tilesOf', () => {
  it('shows the figures as the server gave them, with those before', () => {
    expect(tiles().map(({ key, value, before }) => [key, value, before])).toEqual([
      ['generations', 12, 10],
      ['success', 80, 90],
      ['run', 5.25, 7],
      ['wait', 0.04, 0.04],
      ['images', 17, 17],
      ['kept', 3, 0],
    ])
  })

  it('has no success rate where nothing succeeded or failed, rather than 0 %', () => {
    const of = makeSummary({ kpis: { ...summary.kpis, has_data: false, success_rate: 0, previous: null } })
    expect(tiles(of)[1]).toMatchObject({ key: 'success', value: null, before: null })
  })

  it('follows the figures over the days of the period', () => {
    expect(tiles()[0]!.course).toEqual([0, 7, 0, 5])
    expect(tiles()[1]!.course).toEqual([null, 71.43, null, 100])
  })
})

describe('compare', () => {
  const tile = (change: Partial<Tile>): Tile => ({
    key: 'generations',
    kind: 'count',
    value: 12,
    before: 10,
    better: null,
    course: [],
    ...change,
  })

  it.each<[string, Partial<Tile>, ReturnType<typeof compare>]>([
    ['a count that grew is neither good nor bad', {}, { trend: 'up', tone: 'neutral', change: 0.2 }],
    [
      'a shorter time is good',
      { kind: 'time', value: 3, before: 4, better: 'less' },
      { trend: 'down', tone: 'good', change: 0.25 },
    ],
    [
      'a lower rate is bad, in points',
      { kind: 'rate', value: 80, before: 90, better: 'more' },
      { trend: 'down', tone: 'bad', change: 10 },
    ],
    ['what was 0 before has no ratio', { before: 0 }, { trend: 'up', tone: 'neutral', change: null }],
    ['the same is the same', { before: 12 }, { trend: 'same', tone: 'neutral', change: 0 }],
    [
      'what would be shown as 0 % is the same',
      { value: 1001, before: 1000 },
      { trend: 'same', tone: 'neutral', change: 0 },
    ],
    ['nothing before cannot be compared', { before: null }, null],
    ['nothing now cannot be compared', { value: null }, null],
  ])('%s', (_, change, result) => {
    expect(compare(tile(change))).toEqual(result)
  })
})
