import { shallowReactive } from 'vue'
import { useI18n } from 'vue-i18n'
import { giveFeedback, type RecommendationItem, withdrawFeedback } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { announce } from '@/shared/announcer'
import { dismissToast, showToast } from '@/shared/toasts'
import { useSession } from '@/shared/useSession'

type Item = Pick<RecommendationItem, 'lora_id' | 'lora_name' | 'feedback' | 'feedback_id'>

export type Verdict = NonNullable<RecommendationItem['feedback']>

interface Said {
  type: Verdict | null
  /** Its id, once the server has it; null for what was withdrawn. */
  sent: Promise<string> | null
}

let lastToast = 0

/** What the reader says about recommendations, and takes back. `session` names the answer they are in. */
export function useFeedback(session: () => string | undefined) {
  const { t } = useI18n()
  const errorText = useErrorText()
  const { may } = useSession()
  /** What was said since the page opened, by adapter; it goes before what the answer tells. */
  const said = shallowReactive(new Map<string, Said>())

  function failed(title: string, error: unknown): void {
    showToast({ tone: 'danger', title, detail: errorText(error) })
  }

  function verdictOf(item: Item): Verdict | null {
    const own = said.get(item.lora_id)
    return own ? own.type : item.feedback
  }

  /** Says something about a recommendation; it shows at once and is taken back when the server refuses it. True when it counts. */
  async function give(item: Item, type: Verdict, isImplicit = false): Promise<boolean> {
    const sessionId = session()
    if (sessionId === undefined || !may('library.edit')) return false
    const before = said.get(item.lora_id)
    const sent = giveFeedback({
      body: {
        session_id: sessionId,
        recommended_lora_id: item.lora_id,
        feedback_type: type,
        implicit_signal: isImplicit,
      },
    }).then(({ id }) => id)
    said.set(item.lora_id, { type, sent })
    try {
      await sent
      // It may have been taken back meanwhile.
      return said.get(item.lora_id)?.sent === sent
    } catch (error) {
      if (said.get(item.lora_id)?.sent === sent) restore(item, before)
      // What was done without a word fails without one.
      if (!isImplicit) failed(t('recommend.feedback.failed'), error)
      return false
    }
  }

  function restore({ lora_id: id }: Item, before: Said | undefined): void {
    if (before) said.set(id, before)
    else said.delete(id)
  }

  /** Takes back the last that was said about a recommendation. */
  async function withdraw(item: Item): Promise<void> {
    const type = verdictOf(item)
    if (type === null) return
    const before = said.get(item.lora_id)
    said.set(item.lora_id, { type: null, sent: null })
    try {
      // What the server refused needs no taking back.
      const id = before?.sent ? await before.sent.catch(() => null) : item.feedback_id
      if (id) await withdrawFeedback({ path: { id } })
      announce(t('recommend.feedback.withdrawn', { name: item.lora_name }))
    } catch (error) {
      restore(item, before)
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
    else if (!isUsed && verdict === 'activated' && said.get(item.lora_id)?.sent) await withdraw(item)
  }

  return { verdictOf, praise, dismiss, withdraw, used }
}
