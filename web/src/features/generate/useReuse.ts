import { type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute, useRouter } from 'vue-router'
import { readResult, type Result } from '@/api/generated'
import { useErrorText } from '@/api/useErrorText'
import { showToast } from '@/shared/toasts'
import { type GenerateForm, withParams } from './form'

/** Takes all parameters of a result into the form: of one that is at hand, or of `?reuse=<id>` in the address. */
export function useReuse(form: Ref<GenerateForm>) {
  const { t } = useI18n()
  const errorText = useErrorText()
  const route = useRoute()
  const router = useRouter()

  function reuse(result: Pick<Result, 'params' | 'engine' | 'seed'>): void {
    if (!result.params) {
      showToast({ tone: 'danger', title: t('generate.reuse.nothing') })
      return
    }
    const before = form.value
    const seed = result.seed ?? result.params.seed
    form.value = {
      ...withParams(before, { ...result.params, seed }, true),
      engine: result.engine || before.engine,
    }
    showToast({
      tone: 'success',
      title: t('generate.reuse.done'),
      action: {
        label: t('ui.undo'),
        run: () => {
          form.value = before
        },
      },
    })
  }

  watch(
    () => route.query.reuse,
    async (id) => {
      if (typeof id !== 'string' || id === '') return
      try {
        reuse(await readResult({ path: { id } }))
      } catch (error) {
        showToast({ tone: 'danger', title: t('generate.reuse.failed'), detail: errorText(error) })
      }
      // A reload must not undo what is changed from here on.
      await router.replace({ query: { ...route.query, reuse: undefined } })
    },
    { immediate: true },
  )
  return { reuse }
}
