import type { Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { type FacetValue, listFacets } from '@/api/generated'
import { useFormat } from '@/shared/useFormat'
import { useRead } from '@/shared/useRead'
import { useChanges } from '../catalog/changes'
import { useBaseModels } from '../catalog/useBaseModels'
import type { ValueFacet } from './fields'

/** The counts beside a query, kept current while the library changes. */
export function useFacets(q: Ref<string>) {
  const { data, error, reload } = useRead(q, (of, signal) => listFacets({ query: { q: of }, signal }))
  useChanges(() => void reload(), 1_500)
  return { facets: data, error, reload }
}

/** The ages the server counts by. */
const ages = ['today', 'week', 'month', 'year', 'older']

/** What the value of a facet is called. */
export function useFacetLabels() {
  const { t } = useI18n()
  const { number } = useFormat()
  const { nameOf } = useBaseModels()

  return function labelOf(
    facet: ValueFacet['key'],
    { value, label }: Pick<FacetValue, 'value' | 'label'>,
  ): string {
    if (facet === 'rating')
      return value === '0' ? t('ui.notRated') : t('ui.stars', { count: Number(value) }, Number(value))
    if (facet === 'added' && ages.includes(value)) return t(`library.facets.addedValue.${value}`)
    if (facet === 'folder' && value === '') return t('library.facets.topFolder')
    if (facet === 'base_model') return value === 'unknown' ? t('library.card.unknownBase') : nameOf(value)
    if (facet === 'rank' && /^\d+$/.test(value)) return number(Number(value))
    return label || value
  }
}
