import type { EngineStatus, EngineWrite } from '@/api/generated'

export type EngineKind = EngineStatus['kind']

/** The kinds that can be added; the sketch engine is built in. */
export const kinds = ['a1111', 'forge', 'sdnext', 'comfyui', 'sdcpp'] as const satisfies EngineKind[]

/** Where each listens when nothing else was set. */
export const usualUrls: Partial<Record<EngineKind, string>> = {
  a1111: 'http://127.0.0.1:7860',
  forge: 'http://127.0.0.1:7860',
  sdnext: 'http://127.0.0.1:7860',
  comfyui: 'http://127.0.0.1:8188',
  sdcpp: 'http://127.0.0.1:1234',
}

export interface EngineForm {
  name: string
  kind: EngineKind
  url: string
  username: string
  /** Empty keeps the one that is there. */
  password: string
  removesPassword: boolean
  enabled: boolean
  timeout_seconds: string
  base_models: string[]
  rerun_after_crash: boolean
  isManaged: boolean
  binary: string
  model: string
  /** One a line. */
  args: string
}

export function engineForm(engine?: EngineStatus): EngineForm {
  return {
    name: engine?.name ?? '',
    kind: engine?.kind ?? 'forge',
    url: engine?.url ?? '',
    username: engine?.username ?? '',
    password: '',
    removesPassword: false,
    enabled: engine?.enabled ?? true,
    timeout_seconds: String(engine?.timeout_seconds || 600),
    base_models: [...(engine?.base_models ?? [])],
    rerun_after_crash: engine?.rerun_after_crash ?? false,
    isManaged: engine?.managed !== undefined,
    binary: engine?.managed?.binary ?? '',
    model: engine?.managed?.model ?? '',
    args: (engine?.managed?.args ?? []).join('\n'),
  }
}

export function toEngine(form: EngineForm): EngineWrite {
  const isManaged = form.kind === 'sdcpp' && form.isManaged
  const lines = form.args.split('\n').map((line) => line.trim())
  return {
    name: form.name.trim(),
    kind: form.kind,
    enabled: form.enabled,
    base_models: form.base_models,
    rerun_after_crash: form.rerun_after_crash,
    timeout_seconds: Number(form.timeout_seconds),
    ...(!isManaged && { url: form.url.trim() || usualUrls[form.kind] }),
    ...(form.username.trim() && { username: form.username.trim() }),
    ...(form.password && { password: form.password }),
    ...(form.removesPassword && !form.password && { password: '' }),
    ...(isManaged && {
      managed: { binary: form.binary.trim(), model: form.model.trim(), args: lines.filter(Boolean) },
    }),
  }
}

/** Where the server says that a field of the form is wrong. */
export function placeOf(field: keyof EngineForm): string {
  const isOfManaged = field === 'binary' || field === 'model' || field === 'args'
  return isOfManaged ? `managed.${field}` : field
}
