import { describe, expect, it } from 'vitest'
import type { AnalyticsBucket } from '@/api/generated'
import { columnsOf } from './columns'

/** The bucket the server counts a time of so many seconds in. */
function bucketOf(seconds: number, count: number): AnalyticsBucket {
  const index = Math.floor(Math.log2(seconds / 0.001) * 4)
  return { from: 0.001 * 2 ** (index / 4), to: 0.001 * 2 ** ((index + 1) / 4), count }
}

const total = (buckets: readonly AnalyticsBucket[]) => buckets.reduce((sum, { count }) => sum + count, 0)

describe('columnsOf', () => {
  it('fills the holes between buckets', () => {
    const columns = columnsOf([bucketOf(1, 3), bucketOf(2, 4)], 16)
    expect(columns.map(({ count }) => count)).toEqual([3, 0, 0, 0, 4])
  })

  it('puts neighbours together where there are too many, and loses no job', () => {
    const buckets = [
      { from: 0, to: 0.001, count: 5 },
      bucketOf(0.5, 7),
      bucketOf(30, 11),
      bucketOf(86_400, 1),
    ]
    const columns = columnsOf(buckets, 16)
    expect(columns.length).toBeLessThanOrEqual(16)
    expect(total(columns)).toBe(24)
    expect(columns[0]).toMatchObject({ from: 0, count: 5 })
  })

  it('keeps each time within the column it is counted in', () => {
    for (const seconds of [0.0015, 0.4, 1.3, 61, 4000]) {
      const bucket = bucketOf(seconds, 1)
      const [column] = columnsOf([bucket], 1)
      expect(column!.from).toBeLessThanOrEqual(bucket.from * 1.000001)
      expect(column!.to).toBeGreaterThanOrEqual(bucket.to * 0.999999)
    }
  })

  it('joins each column to the next', () => {
    const columns = columnsOf([bucketOf(0.1, 1), bucketOf(100, 1)], 12)
    for (const [index, { to }] of columns.slice(0, -1).entries()) expect(columns[index + 1]!.from).toBe(to)
  })

  it('has none where nothing was counted', () => {
    expect(columnsOf([], 16)).toEqual([])
  })
})
