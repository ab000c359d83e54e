import { createGlobalState } from '@vueuse/core'
import { computed, shallowRef } from 'vue'
import { listBaseModels } from '@/api/generated'

/** The base models the server knows, read once. */
export const useBaseModels = createGlobalState(() => {
  const models = shallowRef<{ id: string; name: string; family: string }[]>([])
  const names = computed(() => new Map(models.value.map((model) => [model.id, model.name])))

  async function read() {
    try {
      models.value = (await listBaseModels()).items
    } catch {
      // Ids are shown in place of names.
    }
  }
  void read()

  return { models, nameOf: (id: string) => names.value.get(id) ?? id }
})
