import { createGlobalState } from '@vueuse/core'
import { ref, shallowRef } from 'vue'
import { type Composition, createComposition, readComposition, replaceComposition } from '@/api/generated'
import { ApiError } from '@/api/problem'
import { afterSaving, type Content } from '../bench/bench'
import { useBench } from '../bench/useBench'

export type Saved = 'saved' | 'conflict' | 'gone'

/** Keeping the bench as a named composition. Failures are thrown, for whoever asked to show. */
export const useNamed = createGlobalState(() => {
  const { bench, content } = useBench()
  const isSaving = ref(false)
  /** What somebody else has made of the composition meanwhile; null when nobody has. */
  const conflict = shallowRef<Composition | null>(null)

  async function keep(send: (sent: Content) => Promise<{ composition: Composition }>): Promise<Composition> {
    const sent = content.value
    isSaving.value = true
    try {
      const { composition } = await send(sent)
      bench.value = afterSaving(bench.value, composition, sent)
      conflict.value = null
      return composition
    } finally {
      isSaving.value = false
    }
  }

  /** Keeps the bench under a new name. */
  function saveAs(name: string): Promise<Composition> {
    return keep((sent) => createComposition({ body: { name, ...sent } }))
  }

  /** Makes the bench the next version of its composition, on top of the given one. */
  async function save(onTopOf = bench.value.version): Promise<Saved> {
    const { id, name } = bench.value
    if (id === null) return 'gone'
    try {
      await keep((sent) => replaceComposition({ path: { id }, body: { name, version: onTopOf, ...sent } }))
      return 'saved'
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.code === 'not_found') return 'gone'
      if (error.code !== 'conflict') throw error
      conflict.value = (await readComposition({ path: { id } })).composition
      return 'conflict'
    }
  }

  /** Gives the composition another name and leaves its content as it was last kept. */
  async function rename(name: string): Promise<void> {
    const { id } = bench.value
    if (id === null) return
    const { composition: latest } = await readComposition({ path: { id } })
    const { prefix, suffix, negative, entries, version } = latest
    const { composition } = await replaceComposition({
      path: { id },
      body: { name, prefix, suffix, negative, entries, version },
    })
    const isOurs = bench.value.id === id
    // Someone else's version in between is still to be told of when the bench is saved.
    if (isOurs && bench.value.version === version)
      bench.value = { ...bench.value, name, version: composition.version }
    else if (isOurs) bench.value = { ...bench.value, name }
  }

  return { isSaving, conflict, save, saveAs, rename }
})
