import type { JobView, QueueState } from '@/api/generated'
import type { LiveProgress } from './frames'

/** The queue as it was last read, with what events have said since. */
export interface Queue {
  state: QueueState
  /** Running ones first, then in the order they will run. */
  jobs: JobView[]
}

/** What the wire calls a job's state, in the words of the job itself. */
function rawStatus(text: string, before: JobView['raw_status']): JobView['raw_status'] {
  const known = ['pending', 'running', 'retrying', 'succeeded', 'failed', 'cancelled'] as const
  return known.find((status) => status === text) ?? before
}

/** Takes news of a job into the queue; null when the queue does not know the job and has to be read again. */
export function withProgress(queue: Queue, news: LiveProgress): Queue | null {
  const known = queue.jobs.find((job) => job.id === news.job_id)
  if (!known) return null
  const job: JobView = {
    ...known,
    progress: news.progress * 100,
    raw_status: rawStatus(news.raw_status, known.raw_status),
    step: news.current_step ?? 0,
    steps: news.total_steps ?? 0,
    eta_seconds: news.eta_seconds,
    engine: news.engine || known.engine,
    message: news.message || null,
    error: news.error_message,
    attempt: news.attempt || known.attempt,
  }
  if (isOver(job)) return withoutJob(queue, job.id)
  const jobs = queue.jobs.map((other) => (other.id === job.id ? job : other))
  return { ...queue, jobs: known.raw_status === job.raw_status ? jobs : inOrder(jobs) }
}

export function withoutJob(queue: Queue, id: string): Queue {
  return { ...queue, jobs: inOrder(queue.jobs.filter((job) => job.id !== id)) }
}

export function isRunning(job: JobView): boolean {
  return job.raw_status === 'running'
}

function isOver({ raw_status: status }: JobView): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled'
}

/** Running jobs first, the others numbered from 1. */
export function inOrder(jobs: JobView[]): JobView[] {
  const running = jobs.filter(isRunning).map((job) => ({ ...job, position: null }))
  const waiting = jobs.filter((job) => !isRunning(job))
  return [...running, ...waiting.map((job, index) => ({ ...job, position: index + 1 }))]
}

/** From 0 to 1; null for a job that runs on an engine which has said nothing yet, or never does. */
export function jobProgress(job: JobView): number | null {
  if (!isRunning(job)) return 0
  return job.progress > 0 ? Math.min(1, job.progress / 100) : null
}

/** What to ask of the server so that a waiting job comes to stand at another place among them. */
export interface Move {
  priority: number
  /** null: last within its priority. */
  before: string | null
}

/**
 * The move of the waiting job `id` to the place `to`, counted from 0 without it.
 * Higher priorities come first: the job keeps its own where that fits, and takes its
 * neighbour's otherwise. null when it is there already.
 */
export function moveTo(waiting: JobView[], id: string, to: number): Move | null {
  const from = waiting.findIndex((job) => job.id === id)
  const job = waiting[from]
  const others = waiting.filter((other) => other !== job)
  const place = Math.max(0, Math.min(to, others.length))
  if (!job || place === from) return null
  const next = others[place]
  const previous = others[place - 1]
  if (next?.priority !== job.priority && previous?.priority === job.priority)
    return { priority: job.priority, before: null }
  if (next) return { priority: next.priority, before: next.id }
  return { priority: previous?.priority ?? job.priority, before: null }
}

/** The queue as it will be after a move, to be shown before the server answers. */
export function withMove(queue: Queue, id: string, to: number, { priority }: Move): Queue {
  const job = queue.jobs.find((candidate) => candidate.id === id)
  if (!job) return queue
  const running = queue.jobs.filter(isRunning)
  const waiting = queue.jobs.filter((other) => !isRunning(other) && other.id !== id)
  waiting.splice(to, 0, { ...job, priority })
  return { ...queue, jobs: inOrder([...running, ...waiting]) }
}
