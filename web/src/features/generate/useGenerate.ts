import { useSessionStorage } from '@vueuse/core'
import { computed, ref, toRaw, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { queueGeneration } from '@/api/generated'
import { ApiError } from '@/api/problem'
import { useErrorText } from '@/api/useErrorText'
import { useQueue } from '@/live/useQueue'
import { announce } from '@/shared/announcer'
import { useDraft } from '@/shared/draft'
import { showToast } from '@/shared/toasts'
import { useFormat } from '@/shared/useFormat'
import { check, type Mistakes } from './check'
import { emptyForm, type GenerateForm, parseForm, toBody, withParams } from './form'
import { RequestKeys } from './keys'

/** The form of this tab. It survives a reload and a look at another page. */
const form = useSessionStorage<GenerateForm>('loramanager.generate', emptyForm(), {
  serializer: { read: parseForm, write: JSON.stringify },
  writeDefaults: false,
})
/** The draft that was taken into the form last, so that a reload does not undo what was typed since. */
const takenDraft = useSessionStorage('loramanager.generate.draft', '')

/** What the form holds, what is wrong with it, and the way to queue it. */
export function useGenerate() {
  const { t } = useI18n()
  const { number } = useFormat()
  const errorText = useErrorText()
  const { draft } = useDraft()
  const queue = useQueue()
  const keys = new RequestKeys()

  const found = ref<Mistakes>({})
  const refused = ref<Partial<Record<string, string>>>({})
  const failure = ref<string>()
  const isSending = ref(false)

  function takeDraft(): void {
    const fingerprint = JSON.stringify(draft.value)
    if (!draft.value || fingerprint === takenDraft.value) return
    takenDraft.value = fingerprint
    const { prompt, negative, params = {} } = draft.value
    form.value = {
      ...withParams(form.value, params, false),
      prompt,
      negative_prompt: negative || form.value.negative_prompt,
      adapters: [],
    }
  }
  takeDraft()

  const version = ref(0)
  watch(form, (now, before) => {
    if (now !== before) version.value++
  })

  /** The sentence about a field, from here or from the server. */
  function errorOf(field: string): string | undefined {
    const mistake = found.value[field]
    if (!mistake) return refused.value[field]
    const { min = 0, max = 0 } = mistake.values ?? {}
    return t(`generate.mistake.${mistake.key}`, { min: number(min), max: number(max) })
  }

  function explain(error: unknown): void {
    const located = error instanceof ApiError ? error.errors : []
    refused.value = Object.fromEntries(
      located.map(({ location, message }) => [
        location.replace(/^(body|query)\./, '').replaceAll(/\[(\d+)\]/g, '.$1'),
        message,
      ]),
    )
    const isShown = Object.keys(refused.value).some((field) => field in form.value)
    failure.value = isShown ? t('generate.lookAgain') : errorText(error)
  }

  /** Queues what the form asks for, once at a time; true when the server has it. */
  async function submit(): Promise<boolean> {
    if (isSending.value) return false
    failure.value = undefined
    refused.value = {}
    found.value = check(toRaw(form.value))
    if (Object.keys(found.value).length > 0) {
      failure.value = t('generate.lookAgain')
      return false
    }
    isSending.value = true
    const body = toBody(form.value)
    const query = {
      backend: form.value.engine,
      priority: form.value.priority,
      mode: 'deferred',
      return_format: 'url',
      ...(draft.value?.compositionId && { composition_id: draft.value.compositionId }),
    }
    const key = keys.keyFor(JSON.stringify([body, query]))
    try {
      await queueGeneration({ body, query, headers: { 'Idempotency-Key': key } })
      keys.done()
      announce(t('generate.queued'))
      queue.refresh()
      return true
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'network')) keys.done()
      explain(error)
      return false
    } finally {
      isSending.value = false
    }
  }

  /** Empties the form; the engine stays. */
  function startAnew(): void {
    const before = form.value
    form.value = { ...emptyForm(), engine: before.engine }
    found.value = {}
    refused.value = {}
    failure.value = undefined
    showToast({
      title: t('generate.reset.done'),
      action: {
        label: t('ui.undo'),
        run: () => {
          form.value = before
        },
      },
    })
  }

  return {
    form,
    /** Grows when another form takes the place of the one that was edited. */
    version,
    errorOf,
    failure,
    isSending,
    submit,
    startAnew,
    /** How many pictures a click makes. */
    count: computed(() => form.value.batch_size * form.value.n_iter),
  }
}
