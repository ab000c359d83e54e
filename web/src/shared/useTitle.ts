import { type MaybeRefOrGetter, toValue, watchEffect } from 'vue'

const product = 'LoRA Manager'

/** Names the document after what the page shows. */
export function useTitle(title: MaybeRefOrGetter<string | undefined>): void {
  watchEffect(() => {
    const name = toValue(title)
    document.title = name ? `${name} · ${product}` : product
  })
}
