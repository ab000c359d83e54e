import { useSessionStorage } from '@vueuse/core'
import * as v from 'valibot'
import type { Ref } from 'vue'

/** An adapter as compositions and jobs know it; whatever else is said of its use is handed on as it came. */
const entrySchema = v.looseObject({
  adapter_id: v.optional(v.string()),
  name: v.string(),
  weight: v.number(),
  enabled: v.boolean(),
})

const draftSchema = v.object({
  /** The whole prompt with its adapters, in the a1111 dialect. */
  prompt: v.string(),
  negative: v.string(),
  entries: v.array(entrySchema),
  /** The named composition it was taken from, null for one that was never kept. */
  compositionId: v.nullable(v.string()),
  /** Generation parameters that came with the prompt, under the server's names. */
  params: v.optional(v.record(v.string(), v.unknown())),
})

export type Draft = v.InferOutput<typeof draftSchema>

/** Reads a draft from storage; whatever is not one is none. */
export function parseDraft(text: string): Draft | null {
  try {
    const result = v.safeParse(draftSchema, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

const stored = useSessionStorage<Draft | null>('loramanager.draft', null, {
  serializer: { read: parseDraft, write: JSON.stringify },
})

/** What one page hands to the generate page. It survives a reload and ends with the tab. */
export function useDraft(): { draft: Ref<Draft | null>; put: (draft: Draft) => void; clear: () => void } {
  return {
    draft: stored,
    put: (draft) => {
      stored.value = draft
    },
    clear: () => {
      stored.value = null
    },
  }
}
