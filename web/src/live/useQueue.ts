import { createSharedComposable, useThrottleFn } from '@vueuse/core'
import { computed, ref, shallowRef } from 'vue'
import { moveJob, pauseQueue, readQueue, resumeQueue } from '@/api/generated'
import { isRunning, moveTo, type Queue, withMove, withoutJob, withProgress } from './queue'
import { useLive } from './useLive'

/** How often the queue is read at most, in milliseconds, however many jobs come and go. */
const pause = 1_000

/**
 * The queue of the server: jobs that run and wait, wherever they were started.
 * Every caller shares one connection and one state.
 */
export const useQueue = createSharedComposable(() => {
  const queue = shallowRef<Queue>()
  const error = shallowRef<unknown>(null)
  const isReading = ref(false)

  async function read(): Promise<void> {
    isReading.value = true
    try {
      queue.value = await readQueue()
      error.value = null
    } catch (failure) {
      error.value = failure
    } finally {
      isReading.value = false
    }
  }

  const calmly = useThrottleFn(read, pause, true, true)
  const refresh = () => void calmly()

  useLive({
    progress_update: (news) => {
      const next = queue.value && withProgress(queue.value, news)
      if (next) queue.value = next
      else refresh()
    },
    generation_complete: ({ job_id: id }) => {
      if (queue.value) queue.value = withoutJob(queue.value, id)
      refresh()
    },
    queue_update: ({ state }) => {
      if (queue.value) queue.value = { ...queue.value, state }
      refresh()
    },
    resync: refresh,
  })
  void read()

  /** Puts a waiting job at a place among those that wait, counted from 0. Rejects with the server's ApiError. */
  async function move(id: string, to: number): Promise<void> {
    if (!queue.value) return
    const waiting = queue.value.jobs.filter((job) => !isRunning(job))
    const change = moveTo(waiting, id, to)
    if (!change) return
    queue.value = withMove(queue.value, id, to, change)
    try {
      await moveJob({ path: { id }, body: change })
    } finally {
      refresh()
    }
  }

  /** Begins no more jobs, or begins them again. Rejects with the server's ApiError. */
  async function setPaused(isPaused: boolean): Promise<void> {
    const state = await (isPaused ? pauseQueue() : resumeQueue())
    if (queue.value) queue.value = { ...queue.value, state }
  }

  return {
    state: computed(() => queue.value?.state),
    running: computed(() => queue.value?.jobs.filter(isRunning) ?? []),
    waiting: computed(() => queue.value?.jobs.filter((job) => !isRunning(job)) ?? []),
    /** False until the queue was read once. */
    isKnown: computed(() => queue.value !== undefined),
    error,
    isReading,
    refresh,
    move,
    setPaused,
  }
})

/** The last preview of each running job, as a data URL. They are sent only while somebody asks. */
export const usePreviews = createSharedComposable(() => {
  const previews = shallowRef<ReadonlyMap<string, string>>(new Map())

  useLive(
    {
      progress_update: ({ job_id: id, preview_image: preview }) => {
        if (preview?.startsWith('data:image/')) previews.value = new Map(previews.value).set(id, preview)
      },
      generation_complete: ({ job_id: id }) => {
        const rest = new Map(previews.value)
        if (rest.delete(id)) previews.value = rest
      },
    },
    { previews: true },
  )
  return previews
})
