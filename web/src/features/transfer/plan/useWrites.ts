import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import type { ImportCounts } from '@/api/generated'
import { useFormat } from '@/shared/useFormat'

/** Names what an import would write, as one list in the reader's language. */
export function useWrites(counts: Readonly<Ref<ImportCounts>>) {
  const { t, locale } = useI18n()
  const { number } = useFormat()

  const written = ['create', 'update', 'files', 'compositions', 'jobs', 'images', 'settings'] as const
  const parts = computed(() =>
    written
      .filter((name) => counts.value[name] > 0)
      .map((name) =>
        t(`transfer.plan.writes.${name}`, { count: number(counts.value[name]) }, counts.value[name]),
      ),
  )
  return {
    list: computed(() => new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(parts.value)),
    isNothing: computed(() => parts.value.length === 0),
  }
}
