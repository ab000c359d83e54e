import { onMounted, onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { beginPasskeyLogin, loginPasskey, type LoginReply } from '@/api/generated'
import { isAbort } from '@/api/problem'
import { useErrorText } from '@/api/useErrorText'
import { askPasskey, isGivenUp, offersPasskeys } from '../webauthn'

/**
 * Signs in with a passkey: at the press of a button, and where the browser can do
 * that also by choosing one of those it offers in the name field.
 */
export function usePasskeyLogin(isOn: boolean, onReply: (reply: LoginReply) => void) {
  const { t } = useI18n()
  const errorText = useErrorText()
  const error = ref<string>()
  const isAsking = ref(false)
  let request = new AbortController()

  /** True once a passkey was chosen: what goes wrong from there on is worth a word. */
  let isChosen = false

  async function run(isConditional: boolean): Promise<void> {
    // A browser asks for one passkey at a time.
    request.abort()
    const { signal } = (request = new AbortController())
    isChosen = false
    const { flow, options } = await beginPasskeyLogin({ signal })
    const credential = await askPasskey(options, { signal, isConditional })
    isChosen = true
    onReply(await loginPasskey({ body: { flow, credential } }))
  }

  function explain(failure: unknown): void {
    if (isAbort(failure)) return
    if (isGivenUp(failure)) error.value = t('account.signIn.passkeyGivenUp')
    else if (failure instanceof DOMException) error.value = t('account.signIn.passkeyFailed')
    else error.value = errorText(failure)
  }

  async function ask(): Promise<void> {
    isAsking.value = true
    error.value = undefined
    try {
      await run(false)
    } catch (failure) {
      explain(failure)
      void offer()
    } finally {
      isAsking.value = false
    }
  }

  async function offer(): Promise<void> {
    if (!(await offersPasskeys())) return
    try {
      await run(true)
    } catch (failure) {
      // Nobody has pressed anything until then.
      if (isChosen) explain(failure)
    }
  }

  onMounted(() => {
    if (isOn) void offer()
  })
  onScopeDispose(() => {
    request.abort()
  })
  return { ask, error, isAsking }
}
