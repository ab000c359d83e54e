import { refDebounced } from '@vueuse/core'
import { computed, type Ref } from 'vue'
import { type Composed, type LostAdapter, parsePrompt } from '@/api/generated'
import { useRead } from '@/shared/useRead'
import { type LoraTag, tagsOf } from './tags'

export interface PromptAdapter {
  tag: LoraTag
  /** What the catalog knows of it; undefined until the server has answered. */
  known: Composed | undefined
  /** Why it was not found. */
  lost: LostAdapter | undefined
}

/** Milliseconds without typing until the server is asked which adapters a prompt names. */
const patience = 400

/** The adapters that a prompt names, with what the catalog knows of each. */
export function usePromptAdapters(prompt: Ref<string>) {
  const tags = computed(() => tagsOf(prompt.value))
  const names = computed(() =>
    tags.value.map(({ name, weight }) => `<lora:${name}:${weight || 1}>`).join(' '),
  )
  const settled = refDebounced(names, patience)
  const { data } = useRead(settled, (text, signal) =>
    text ? parsePrompt({ body: { text, dialect: 'a1111' }, signal }) : Promise.resolve(null),
  )
  return computed<PromptAdapter[]>(() =>
    tags.value.map((tag) => ({
      tag,
      known: data.value?.entries.find(({ name }) => name === tag.name),
      lost: data.value?.lost.find(({ name }) => name === tag.name),
    })),
  )
}
