import { nextTick, readonly, ref } from 'vue'

const message = ref('')

/** Has screen readers say a sentence as soon as they are free, for example "12 selected". */
export function announce(sentence: string): void {
  // Emptied first, because a region that does not change is not read again.
  message.value = ''
  void nextTick(() => {
    message.value = sentence
  })
}

/** The sentence being announced; the app's live region shows it. */
export function useAnnouncement() {
  return readonly(message)
}
