import type { Capabilities, KnownBool, KnownInt, KnownListString, KnownString } from '@/api/generated'

type Known = KnownBool | KnownInt | KnownListString | KnownString

/** The capabilities in the order they are shown. */
const shown = [
  'modes',
  'models',
  'current_model',
  'switches_model',
  'samplers',
  'schedulers',
  'vaes',
  'upscalers',
  'control_models',
  'preprocessors',
  'workflows',
  'max_images',
  'size_granularity',
  'loras',
  'lora_features',
  'dialect',
  'progress',
  'progress_scope',
  'previews',
  'cancel_running',
  'cancel_queued',
  'resumable',
  'result_format',
  'slots',
] as const satisfies (keyof Capabilities)[]

type CapabilityName = (typeof shown)[number]

export interface CapabilityRow {
  name: CapabilityName
  learned: Known['learned']
  value: Known['value']
}

/** What is known of an engine, without the lists that are always empty for its kind. */
export function rowsOf(capabilities: Capabilities): CapabilityRow[] {
  return shown
    .map((name) => ({ name, learned: capabilities[name].learned, value: capabilities[name].value }))
    .filter(({ learned, value }) => !(learned === 'fixed' && Array.isArray(value) && value.length === 0))
}
