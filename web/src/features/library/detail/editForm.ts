import type { Adapter, AdapterPatch } from '@/api/generated'

/** The texts of the edit form, as they are typed. */
export interface EditValues {
  name: string
  version: string
  author_username: string
  source_url: string
  triggers: string[]
  activation_text: string
  negative_text: string
  weight_min: string
  weight_max: string
  nsfw_level: string
  description: string
}

export function valuesOf(adapter: Adapter): EditValues {
  return {
    name: adapter.name,
    version: adapter.version ?? '',
    author_username: adapter.author_username ?? '',
    source_url: adapter.source_url ?? '',
    triggers: [...adapter.triggers],
    activation_text: adapter.activation_text ?? '',
    negative_text: adapter.negative_text ?? '',
    weight_min: adapter.weight_min === null ? '' : String(adapter.weight_min),
    weight_max: adapter.weight_max === null ? '' : String(adapter.weight_max),
    nsfw_level: String(adapter.nsfw_level),
    description: adapter.description ?? '',
  }
}

const texts = [
  'version',
  'author_username',
  'source_url',
  'activation_text',
  'negative_text',
  'description',
] as const
const weights = ['weight_min', 'weight_max'] as const

/** What changed, and nothing else: a field that is only sent becomes the user's and is never updated from the file again. */
export function changesOf(adapter: Adapter, values: EditValues): AdapterPatch {
  const before = valuesOf(adapter)
  const change: AdapterPatch = {}
  if (values.name.trim() !== before.name) change.name = values.name.trim()
  for (const key of texts) if (values[key].trim() !== before[key]) change[key] = values[key].trim() || null
  for (const key of weights) {
    if (values[key] !== before[key]) change[key] = values[key] === '' ? null : Number(values[key])
  }
  if (values.nsfw_level !== before.nsfw_level) change.nsfw_level = Number(values.nsfw_level)
  if (values.triggers.join('\n') !== before.triggers.join('\n')) change.triggers = values.triggers
  return change
}
