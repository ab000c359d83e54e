import { computed } from 'vue'
import { listBaseModels, readAdapter, readComposition } from '@/api/generated'
import { useRead } from '@/shared/useRead'
import { useI18n } from 'vue-i18n'
import type { Filter, HistoryView } from '../query/historyQuery'

/** Puts filters into words: ids are given the names of what they stand for. */
export function useFilterNames(view: () => HistoryView) {
  const { t, locale } = useI18n()
  const adapter = useRead(
    () => view().adapter_id,
    async (id, signal) => (id ? (await readAdapter({ path: { id }, signal })).adapter.name : ''),
  )
  const composition = useRead(
    () => view().composition_id,
    async (id, signal) => (id ? (await readComposition({ path: { id }, signal })).composition.name : ''),
  )
  const bases = useRead(
    () => null,
    async (_, signal) => new Map((await listBaseModels({ signal })).items.map(({ id, name }) => [id, name])),
  )
  /** A day of the calendar, which is no moment anywhere. */
  const dayText = (day: string) =>
    new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(day))
  const baseName = (id: string) => bases.data.value?.get(id) ?? id

  function valueOf(filter: Filter): string {
    const value = view()[filter]
    if (filter === 'adapter_id') return adapter.data.value || t('history.filter.gone')
    if (filter === 'composition_id') return composition.data.value || t('history.filter.gone')
    if (filter === 'base_model') return baseName(String(value))
    if (filter === 'outcome') return t(`history.outcome.${String(value)}`)
    if (filter === 'min_rating') return t('history.filter.stars', { count: Number(value) }, Number(value))
    if (filter === 'size') return String(value).replace('x', '×')
    if (filter === 'from' || filter === 'to') return dayText(String(value))
    return String(value)
  }

  return {
    baseName,
    adapterName: computed(() => (view().adapter_id ? valueOf('adapter_id') : '')),
    compositionName: computed(() => (view().composition_id ? valueOf('composition_id') : '')),
    /** "Engine: sketch" */
    textOf: (filter: Filter) =>
      filter === 'favorite'
        ? t('history.filter.favorite')
        : t('history.filter.chip', { filter: t(`history.filter.${filter}`), value: valueOf(filter) }),
  }
}
