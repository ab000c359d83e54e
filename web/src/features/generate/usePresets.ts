import { useMutation, useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { createPreset, deletePreset, listPresets, type Preset, replacePreset } from '@/api/generated'
import { useRefresh } from '@/api/useRefresh'
import { auto, type GenerateForm, toParams, withParams } from './form'

const key = ['presets']

/** Sets of parameters kept under a name. What changes them rejects with the server's ApiError. */
export function usePresets() {
  const query = useQuery({ key, query: async ({ signal }) => (await listPresets({ signal })).presets })
  const onSettled = useRefresh(key)

  const save = useMutation({
    mutation: ({ name, form }: { name: string; form: GenerateForm }) =>
      createPreset({ body: { name, engine: form.engine, params: toParams(form) } }),
    onSettled,
  })
  const replace = useMutation({
    mutation: ({ id, name, form }: { id: string; name: string; form: GenerateForm }) =>
      replacePreset({ path: { id }, body: { name, engine: form.engine, params: toParams(form) } }),
    onSettled,
  })
  const rename = useMutation({
    mutation: ({ preset, name }: { preset: Preset; name: string }) =>
      replacePreset({
        path: { id: preset.id },
        body: { name, engine: preset.engine, params: preset.params },
      }),
    onSettled,
  })
  const remove = useMutation({
    mutation: ({ id }: Preset) => deletePreset({ path: { id } }),
    onSettled,
  })
  /** Brings a removed preset back, under a new id. */
  const restore = useMutation({
    mutation: ({ name, engine, params }: Preset) => createPreset({ body: { name, engine, params } }),
    onSettled,
  })
  return { presets: computed(() => query.data.value ?? []), query, save, replace, rename, remove, restore }
}

/** The form with all that a preset keeps. An empty prompt keeps the one that is there. */
export function withPreset(form: GenerateForm, { engine, params }: Preset): GenerateForm {
  const loaded = { ...withParams(form, params, true), engine: engine || auto }
  return loaded.prompt.trim() === '' ? { ...loaded, prompt: form.prompt } : loaded
}
