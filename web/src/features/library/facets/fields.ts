import type { Facets } from '@/api/generated'

/** A facet whose values are counted, and the field of the search it stands for. */
export interface ValueFacet {
  key: 'base_model' | 'kind' | 'tag' | 'folder' | 'author' | 'root' | 'rating' | 'rank' | 'size' | 'added'
  field: string
  /** Values exclude each other, so that choosing one replaces the last. */
  isSingle?: boolean
}

export const valueFacets: readonly ValueFacet[] = [
  { key: 'base_model', field: 'base' },
  { key: 'kind', field: 'kind' },
  { key: 'tag', field: 'tag' },
  { key: 'folder', field: 'folder' },
  { key: 'root', field: 'root' },
  { key: 'author', field: 'author' },
  { key: 'rating', field: 'rating' },
  { key: 'added', field: 'added', isSingle: true },
  { key: 'size', field: 'size', isSingle: true },
  { key: 'rank', field: 'rank' },
]

/** A facet that is there or not. */
export interface FlagFacet {
  key: Extract<
    keyof Facets,
    'favorite' | 'active' | 'never_used' | 'missing' | 'unreadable' | 'unsafe' | 'duplicate' | 'no_preview'
  >
  field: string
  value: string
}

export const flagFacets: readonly FlagFacet[] = [
  { key: 'favorite', field: 'is', value: 'favorite' },
  { key: 'active', field: 'is', value: 'active' },
  { key: 'never_used', field: 'used', value: 'never' },
  { key: 'duplicate', field: 'is', value: 'duplicate' },
  { key: 'no_preview', field: 'no', value: 'preview' },
  { key: 'missing', field: 'is', value: 'missing' },
  { key: 'unreadable', field: 'is', value: 'unreadable' },
  { key: 'unsafe', field: 'is', value: 'unsafe' },
]
