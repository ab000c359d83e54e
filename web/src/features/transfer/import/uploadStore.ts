import * as v from 'valibot'

const keptSchema = v.object({
  id: v.string(),
  path: v.string(),
  size: v.number(),
  modified: v.number(),
  importId: v.optional(v.nullable(v.string()), null),
})

/** An upload that was begun, as the browser remembers it over a reload. */
export type Kept = v.InferOutput<typeof keptSchema>

export interface UploadStore {
  read: () => Kept[]
  write: (uploads: readonly Kept[]) => void
}

const name = 'loramanager.uploads'

/** Keeps uploads for this tab: another tab would send the same file a second time. */
export const tabStore: UploadStore = {
  read: () => parseKept(sessionStorage.getItem(name)),
  write: (uploads) => {
    if (uploads.length === 0) sessionStorage.removeItem(name)
    else sessionStorage.setItem(name, JSON.stringify(uploads))
  },
}

/** Reads what was kept; whatever is odd is nothing. */
export function parseKept(text: string | null): Kept[] {
  try {
    const result = v.safeParse(v.array(keptSchema), JSON.parse(text ?? '[]'))
    return result.success ? result.output : []
  } catch {
    return []
  }
}
