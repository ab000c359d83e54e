import { createGlobalState } from '@vueuse/core'
import { beginUpload, dropUpload, sendUpload, uploadOffset } from '@/api/uploads'
import { UploadQueue } from './uploadQueue'
import { tabStore } from './uploadStore'

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        reject(new DOMException('The upload was given up.', 'AbortError'))
      },
      { once: true },
    )
  })
}

/** The files on their way to the server. They go on while other pages are looked at. */
export const useUploads = createGlobalState(() => {
  const queue = new UploadQueue(
    { begin: beginUpload, offset: uploadOffset, send: sendUpload, drop: dropUpload, wait },
    tabStore,
  )
  void queue.restore()
  addEventListener('beforeunload', (event) => {
    if (queue.isBusy.value) event.preventDefault()
  })
  return queue
})
