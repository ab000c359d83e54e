import { computed, reactive, ref } from 'vue'

export interface FormOptions<Values extends object> {
  initial: () => Values
  submit: (values: Values) => Promise<void>
  /** The sentence a failure has for one field, if it has one. */
  fieldError: (error: unknown, field: keyof Values & string) => string | undefined
  /** The sentence for a failure that belongs to no field. */
  message: (error: unknown) => string
}

/**
 * A form's values, its errors by field and the way to send it. A field's error
 * leaves when the field is sent again, not while the user is still typing.
 */
export function useForm<Values extends object>(options: FormOptions<Values>) {
  const values = reactive(options.initial())
  const errors = ref<Partial<Record<string, string>>>({})
  const error = ref<string>()
  const isSending = ref(false)
  const pristine = ref(JSON.stringify(values))

  function reset(): void {
    Object.assign(values, options.initial())
    pristine.value = JSON.stringify(values)
    errors.value = {}
    error.value = undefined
  }

  function explain(failure: unknown): void {
    const fields = Object.keys(values) as (keyof Values & string)[]
    const known = fields.map((field) => [field, options.fieldError(failure, field)] as const)
    errors.value = Object.fromEntries(known.filter(([, sentence]) => sentence))
    const isExplained = Object.keys(errors.value).length > 0
    error.value = isExplained ? undefined : options.message(failure)
  }

  /** Sends the form once at a time; true when the server took it. */
  async function submit(): Promise<boolean> {
    if (isSending.value) return false
    isSending.value = true
    errors.value = {}
    error.value = undefined
    try {
      await options.submit({ ...(values as Values) })
      pristine.value = JSON.stringify(values)
      return true
    } catch (failure) {
      explain(failure)
      return false
    } finally {
      isSending.value = false
    }
  }

  return {
    values: values,
    errors,
    error,
    isSending,
    isDirty: computed(() => JSON.stringify(values) !== pristine.value),
    submit,
    reset,
  }
}
