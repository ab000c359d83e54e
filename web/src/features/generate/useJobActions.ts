import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { cancelJob, type JobView, retryJob } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { useQueue } from '@/live/useQueue'
import { announce } from '@/shared/announcer'
import { showToast } from '@/shared/toasts'

/** What can be done with jobs. A failure is told, not thrown. */
export function useJobActions() {
  const { t } = useI18n()
  const errorText = useErrorText()
  const queue = useQueue()
  /** Ids of jobs that the server has been asked to change. */
  const busy = ref(new Set<string>())

  async function attempt(id: string, action: () => Promise<unknown>): Promise<boolean> {
    if (busy.value.has(id)) return false
    busy.value.add(id)
    try {
      await action()
      return true
    } catch (error) {
      showToast({ tone: 'danger', title: errorText(error) })
      return false
    } finally {
      busy.value.delete(id)
      queue.refresh()
    }
  }

  const retry = (job: JobView) => attempt(job.id, () => retryJob({ path: { id: job.id } }))

  async function cancel(job: JobView): Promise<void> {
    if (!(await attempt(job.id, () => cancelJob({ path: { id: job.id } })))) return
    showToast({
      title: t('generate.queue.cancelled', { prompt: shorten(job.prompt) }),
      action: {
        label: t('generate.queue.runAgain'),
        run: async () => {
          await retry(job)
        },
      },
    })
  }

  async function move(job: JobView, to: number): Promise<void> {
    if (await attempt(job.id, () => queue.move(job.id, to)))
      announce(t('generate.queue.movedTo', { position: to + 1 }))
  }

  const setPaused = (isPaused: boolean) => attempt('', () => queue.setPaused(isPaused))

  return { busy, retry, cancel, move, setPaused }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
