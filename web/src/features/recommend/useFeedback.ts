import { shallowReactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { giveFeedback, listFeedback, type RecommendationItem, withdrawFeedback } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { announce } from '@/shared/announcer'
import { dismissToast, showToast } from '@/shared/toasts'

type Item = Pick<RecommendationItem, 'lora_id' | 'lora_name' | 'feedback'>

export type Verdict = NonNullable<RecommendationItem['feedback']>

interface Said {
  type: Verdict | null
  /** null for what was said earlier, or is still on its way. */
  id: string | null
}

/** The most entries of the feedback's history that are looked through for one. */
const most = 200

let lastToast = 0

/** What the reader says about recommendations, and takes back. `session` names the answer they are in. */
export function useFeedback(session: () => string | undefined) {
  const { t } = useI18n()
  const errorText = useErrorText()
  /** What was said since the page opened, by adapter; it goes before what the answer tells. */
  const said = shallowReactive(new Map<string, Said>())

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  function verdictOf(item: Item): Verdict | null {
    const own = said.get(item.lora_id)
    return own ? own.type : item.feedback
  }

  /** Says something about a recommendation; it shows at once and is taken back when the server refuses it. */
  async function give(item: Item, type: Verdict, isImplicit = false): Promise<boolean> {
    const sessionId = session()
    if (sessionId === undefined) return false
    const before = said.get(item.lora_id)
    said.set(item.lora_id, { type, id: null })
    try {
      const { id } = await giveFeedback({
        body: {
          session_id: sessionId,
          recommended_lora_id: item.lora_id,
          feedback_type: type,
          implicit_signal: isImplicit,
        },
      })
      said.set(item.lora_id, { type, id })
      return true
    } catch (error) {
      if (before) said.set(item.lora_id, before)
      else said.delete(item.lora_id)
      // What was done without a word fails without one.
      if (!isImplicit) failed(t('recommend.feedback.failed'), error)
      return false
    }
  }

  /** The feedback given on another day, of which an answer tells only the kind. */
  async function findEarlier({ lora_id: id }: Item, type: Verdict): Promise<string | undefined> {
    const { feedback } = await listFeedback({ query: { limit: most } })
    return feedback.find((each) => each.recommended_lora_id === id && each.feedback_type === type)?.id
  }

  /** Takes back the last that was said about a recommendation. */
  async function withdraw(item: Item): Promise<void> {
    const type = verdictOf(item)
    if (type === null) return
    const before = said.get(item.lora_id)
    said.set(item.lora_id, { type: null, id: null })
    try {
      const id = before?.id ?? (await findEarlier(item, type))
      if (id) await withdrawFeedback({ path: { id } })
      announce(t('recommend.feedback.withdrawn', { name: item.lora_name }))
    } catch (error) {
      if (before) said.set(item.lora_id, before)
      else said.delete(item.lora_id)
      failed(t('recommend.feedback.undoFailed'), error)
    }
  }

  async function dismiss(item: Item): Promise<void> {
    if (!(await give(item, 'dismissed'))) return
    dismissToast(lastToast)
    lastToast = showToast({
      tone: 'success',
      title: t('recommend.feedback.notForMe', { name: item.lora_name }),
      detail: t('recommend.feedback.notForMeText'),
      action: { label: t('ui.undo'), run: () => withdraw(item) },
    })
  }

  async function praise(item: Item): Promise<void> {
    if (verdictOf(item) === 'positive') await withdraw(item)
    else if (await give(item, 'positive')) {
      announce(t('recommend.feedback.saidGood', { name: item.lora_name }))
    }
  }

  /** Notes that a recommendation was used, or that this was undone. */
  async function used(item: Item, isUsed: boolean): Promise<void> {
    const verdict = verdictOf(item)
    // A word of the reader's own is worth more than what they did.
    if (isUsed && verdict === null) await give(item, 'activated', true)
    else if (!isUsed && verdict === 'activated' && said.get(item.lora_id)?.id) await withdraw(item)
  }

  return { verdictOf, praise, dismiss, withdraw, used }
}
