import { createGlobalState } from '@vueuse/core'
import { shallowRef } from 'vue'
import {
  createSearch,
  deleteSearch,
  listSearches,
  replaceSearch,
  type SavedSearch,
  type SearchWrite,
} from '@/api/generated'

/** What a saved search keeps. */
export type SearchDraft = Required<SearchWrite>

/** Searches kept under a name, the same in every browser. Each change rejects with the server's reason. */
export const useSavedSearches = createGlobalState(() => {
  const searches = shallowRef<SavedSearch[]>([])

  async function read(): Promise<void> {
    searches.value = (await listSearches()).searches
  }

  return {
    searches,
    read,
    save: async (draft: SearchDraft) => {
      await createSearch({ body: draft })
      await read()
    },
    replace: async (id: string, draft: SearchDraft) => {
      await replaceSearch({ path: { id }, body: draft })
      await read()
    },
    remove: async (id: string) => {
      await deleteSearch({ path: { id } })
      await read()
    },
  }
})
