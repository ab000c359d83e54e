import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { type Question, readQuestion, writeQuestion } from './question'

export const panels = ['weights', 'preferences', 'feedback', 'index'] as const
export type Panel = (typeof panels)[number]
export type View = 'cards' | 'table'

/** What the page's address says, and how to change it. */
export function usePageAddress() {
  const route = useRoute()
  const router = useRouter()
  // The address already belongs to the next page while this one is being left.
  let query = route.query
  const own = computed(() => {
    if (route.name === 'recommendations') query = route.query
    return query
  })
  const question = computed(() => readQuestion(own.value))
  const view = computed<View>({
    get: () => (own.value.view === 'table' ? 'table' : 'cards'),
    set: (value) => void go(question.value, { view: value }),
  })
  const panel = computed<Panel | null>({
    get: () => panels.find((each) => each === own.value.panel) ?? null,
    set: (value) => void go(question.value, { panel: value }),
  })

  function go(next: Question, rest: { view?: View; panel?: Panel | null } = {}, isNewPlace = false) {
    const layout = { view: view.value, panel: panel.value, ...rest }
    const address = {
      name: 'recommendations',
      query: {
        ...writeQuestion(next),
        ...(layout.view === 'table' ? { view: 'table' } : {}),
        ...(layout.panel ? { panel: layout.panel } : {}),
      },
    }
    return isNewPlace ? router.push(address) : router.replace(address)
  }

  /** Changes the question. Asking about something else is a place to come back to; filters are not. */
  function change(patch: Partial<Question>): void {
    const isNewPlace = ['way', 'adapter', 'prompt', 'composition'].some((key) => key in patch)
    void go({ ...question.value, ...patch }, {}, isNewPlace)
  }

  return { question, view, panel, change }
}
