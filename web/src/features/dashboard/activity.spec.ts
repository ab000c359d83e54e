import { describe, expect, it } from 'vitest'
import type { Activity, FeedEntry } from '@/api/generated'
import { activityText, mergeActivity } from './activity'

const number = (value: number) => value.toLocaleString('en')

it('turns a change into a message with its numbers written out', () => {
  const entry = { text_key: 'scanned', params: { added: 1200, name: 'Ink', fields: ['notes'] } }
  expect(activityText(entry, number)).toEqual({
    key: 'dashboard.activity.scanned',
    values: { added: '1,200', name: 'Ink' },
    count: 1,
  })
})

it('tells a change of many adapters by what was done to them', () => {
  const entry = { text_key: 'bulk', params: { action: 'activate', count: 7 } }
  expect(activityText(entry, number)).toMatchObject({ key: 'library.bulk.done.activate', count: 7 })
})

describe('mergeActivity', () => {
  const change = (at: string): Activity => ({
    at,
    adapter_id: 'a',
    text_key: 'added',
    params: { name: 'Ink' },
  })
  const job = (given: Partial<FeedEntry>): FeedEntry => ({
    id: 'j',
    type: 'succeeded',
    status: 'succeeded',
    kind: 'generation',
    message: '',
    mode: '',
    prompt: 'a fox',
    timestamp: '2026-01-01T10:00:00Z',
    icon: '',
    ...given,
  })

  it('puts jobs among the changes by time, whatever zone a time is told in', () => {
    const merged = mergeActivity(
      [change('2026-01-01T11:00:00Z'), change('2026-01-01T09:00:00Z')],
      [job({ timestamp: '2026-01-01T12:30:00+02:00' })],
      number,
    )
    expect(merged.map(({ at }) => at)).toEqual([
      '2026-01-01T11:00:00Z',
      '2026-01-01T12:30:00+02:00',
      '2026-01-01T09:00:00Z',
    ])
  })

  it('leads to what became of a job', () => {
    const leads = [
      job({}),
      job({ status: 'failed' }),
      job({ status: 'running' }),
      job({ kind: 'delivery', status: 'failed' }),
    ].map((entry) => mergeActivity([], [entry], number)[0]!.to)
    expect(leads).toEqual([
      { name: 'result', params: { id: 'j' } },
      { name: 'history', query: { outcome: 'failed' } },
      { path: '/generate' },
      { path: '/settings', query: { section: 'deliveries' } },
    ])
  })

  it('keeps the latest and the beginning of a long prompt', () => {
    const jobs = Array.from({ length: 30 }, (_, index) => job({ id: String(index), prompt: 'x'.repeat(999) }))
    const merged = mergeActivity([], jobs, number)
    expect(merged).toHaveLength(20)
    expect(merged[0]!.message.values.prompt!.length).toBeLessThan(170)
  })
})
