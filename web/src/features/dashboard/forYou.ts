import {
  type Adapter,
  type FeaturedLora,
  listFeaturedLoras,
  type RecommendationItem,
  recommendForActive,
} from '@/api/generated'

/** One adapter to show, with what speaks for it. */
export interface Pick {
  id: string
  name: string
  /** null where only its name is known. */
  adapter: Adapter | null
  why: string
}

/** active: what fits those in use. idle: what fits the user. recent: only what was changed last. */
export interface ForYou {
  kind: 'active' | 'idle' | 'recent'
  picks: Pick[]
}

/** How many are shown. */
const most = 6

/**
 * What fits now, each with its reason; where nothing is known that speaks for any,
 * the adapters that the server features. `hideFrom` is the NSFW level that the
 * settings hide from, 0 for none.
 */
export async function readForYou(active: number, hideFrom: number, signal: AbortSignal): Promise<ForYou> {
  const limits = { limit: most, max_nsfw_level: hideFrom > 0 ? hideFrom - 1 : undefined }
  const { recommendations } = await recommendForActive({ body: limits, signal })
  const picks = picksOf(recommendations)
  if (picks.length > 0) return { kind: active > 0 ? 'active' : 'idle', picks }
  return { kind: 'recent', picks: (await listFeaturedLoras({ signal })).slice(0, most).map(featuredOf) }
}

/** Recommendations that something speaks for; the rest would only fill the list. */
export function picksOf(items: readonly RecommendationItem[]): Pick[] {
  return items
    .filter(({ fallback }) => !fallback)
    .map(({ lora_id: id, lora_name: name, adapter, explanation: why }) => ({ id, name, adapter, why }))
    .filter(({ why }) => why !== '')
}

function featuredOf({ id, name, version, tags }: FeaturedLora): Pick {
  return { id, name, adapter: null, why: [version ?? '', ...tags].filter(Boolean).join(', ') }
}
