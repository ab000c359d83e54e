import { describe, expect, it } from 'vitest'
import type { JobView } from '@/api/generated'
import type { LiveProgress } from './frames'
import { inOrder, jobProgress, moveTo, type Queue, withMove, withoutJob, withProgress } from './queue'

const job = (id: string, change: Partial<JobView> = {}): JobView => ({
  id,
  jobId: id,
  kind: 'generation',
  mode: 'auto',
  engine: 'sketch',
  prompt: id,
  params: {},
  status: 'queued',
  raw_status: 'pending',
  progress: 0,
  step: 0,
  steps: 0,
  eta_seconds: null,
  message: null,
  error: null,
  error_class: '',
  attempt: 0,
  max_attempts: 3,
  not_before: null,
  priority: 5,
  position: 1,
  cancelling: false,
  adapters: [],
  composition_id: null,
  parent_id: null,
  result: null,
  created_at: '2026-01-01T00:00:00Z',
  startTime: '2026-01-01T00:00:00Z',
  finished_at: null,
  ...change,
})

const queue = (...jobs: JobView[]): Queue => ({
  state: { paused: false, pending: 0, running: 0, retrying: 0, failed: 0 },
  jobs: inOrder(jobs),
})

const news = (id: string, change: Partial<LiveProgress> = {}): LiveProgress => ({
  job_id: id,
  progress: 0.5,
  status: 'processing',
  raw_status: 'running',
  current_step: 10,
  total_steps: 20,
  eta_seconds: 4,
  preview_image: null,
  error_message: null,
  engine: 'sketch',
  message: '',
  attempt: 1,
  ...change,
})

const places = ({ jobs }: Queue) => jobs.map(({ id, position }) => [id, position])

describe('news of a job', () => {
  it('shows how far it is', () => {
    const [first] = withProgress(queue(job('a', { raw_status: 'running' })), news('a'))!.jobs
    expect(first).toMatchObject({ progress: 50, step: 10, steps: 20, eta_seconds: 4, attempt: 1 })
  })

  it('moves a job that begins above those that wait and numbers the others anew', () => {
    expect(places(withProgress(queue(job('a'), job('b'), job('c')), news('b'))!)).toEqual([
      ['b', null],
      ['a', 1],
      ['c', 2],
    ])
  })

  it.each(['succeeded', 'failed', 'cancelled'])('takes a job away that has %s', (status) => {
    const after = withProgress(queue(job('a'), job('b')), news('a', { raw_status: status }))
    expect(places(after!)).toEqual([['b', 1]])
  })

  it('asks for another reading when the job is unknown', () => {
    expect(withProgress(queue(job('a')), news('elsewhere'))).toBeNull()
  })

  it('keeps a status it does not understand from hiding the job', () => {
    const after = withProgress(queue(job('a')), news('a', { raw_status: 'dreaming' }))
    expect(after!.jobs[0]!.raw_status).toBe('pending')
  })
})

it('closes the gap that a job leaves', () => {
  expect(places(withoutJob(queue(job('a'), job('b'), job('c')), 'a'))).toEqual([
    ['b', 1],
    ['c', 2],
  ])
})

it.each([
  ['waits', job('a'), 0],
  ['runs without a word', job('a', { raw_status: 'running' }), null],
  ['is half done', job('a', { raw_status: 'running', progress: 50 }), 0.5],
  ['claims more than all', job('a', { raw_status: 'running', progress: 130 }), 1],
])('knows the progress of a job that %s', (_, subject, progress) => {
  expect(jobProgress(subject)).toBe(progress)
})

describe('moving a waiting job', () => {
  const waiting = [
    job('a', { priority: 9 }),
    job('b', { priority: 9 }),
    job('c'),
    job('d'),
    job('e', { priority: 2 }),
  ]

  it.each([
    ['up among its equals', 'd', 2, { priority: 5, before: 'c' }],
    ['down among its equals, to their end', 'c', 3, { priority: 5, before: null }],
    ['to the top, where it takes the higher priority', 'd', 0, { priority: 9, before: 'a' }],
    ['between two priorities, keeping its own', 'a', 1, { priority: 9, before: null }],
    ['up to the border of its priority, keeping its own', 'd', 2, { priority: 5, before: 'c' }],
    ['to the very end, where it takes the lower priority', 'a', 4, { priority: 2, before: null }],
    ['past the end', 'a', 99, { priority: 2, before: null }],
    ['above the first, however far', 'e', -5, { priority: 9, before: 'a' }],
  ])('%s', (_, id, to, move) => {
    expect(moveTo(waiting, id, to)).toEqual(move)
  })

  it.each([
    ['it is there already', 'c', 2],
    ['it is not among them', 'z', 0],
  ])('asks for nothing when %s', (_, id, to) => {
    expect(moveTo(waiting, id, to)).toBeNull()
  })

  it('shows the new order at once', () => {
    const before = queue(job('r', { raw_status: 'running' }), ...waiting)
    const after = withMove(before, 'd', 0, moveTo(waiting, 'd', 0)!)
    expect(places(after)).toEqual([
      ['r', null],
      ['d', 1],
      ['a', 2],
      ['b', 3],
      ['c', 4],
      ['e', 5],
    ])
    expect(after.jobs[1]!.priority).toBe(9)
  })
})
