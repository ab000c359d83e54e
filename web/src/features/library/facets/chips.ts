import { parseTerms } from '../query/terms'
import { flagFacets, valueFacets } from './fields'

/** One term of the query in words. */
export interface Chip {
  /** Place among the terms of the query. */
  index: number
  /** The facet it belongs to; null for words and fields without one. */
  facet: string | null
  /** The flag it sets, if it is one. */
  flag: string | null
  field: string | null
  values: string[]
  negated: boolean
}

/** The terms of a query, for showing each with a way to take it out. */
export function chipsOf(q: string): Chip[] {
  return parseTerms(q).map(({ field, values, negated }, index) => {
    const flag = flagFacets.find(
      (entry) => entry.field === field && values.length === 1 && entry.value === values[0],
    )
    const facet = valueFacets.find((entry) => entry.field === field)
    return { index, field, values, negated, facet: facet?.key ?? null, flag: flag?.key ?? null }
  })
}
