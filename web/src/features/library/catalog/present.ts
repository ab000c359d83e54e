import type { Adapter, Preview } from '@/api/generated'
import { serverUrl } from '@/api/base'

const thumbnailWidths = [160, 320, 480, 640, 960] as const

/** The address of a preview; of a picture as a thumbnail when a width is given. */
export function previewUrl(preview: Pick<Preview, 'url' | 'etag'>, width?: number): string {
  const [path = '', query] = preview.url.split('?')
  const parameters = new URLSearchParams(query)
  if (width !== undefined) parameters.set('w', String(width))
  if (preview.etag) parameters.set('v', preview.etag.replaceAll('"', ''))
  const text = parameters.toString()
  return serverUrl(path) + (text && `?${text}`)
}

/** Thumbnails for an img element to choose from. */
export function previewSrcset(preview: Pick<Preview, 'url' | 'etag'>): string {
  return thumbnailWidths.map((width) => `${previewUrl(preview, width)} ${String(width)}w`).join(', ')
}

/** The name an image program calls the adapter by: its file name without the ending. */
export function promptName(adapter: Pick<Adapter, 'file_name'>): string {
  return adapter.file_name.replace(/\.(safetensors|pt|ckpt|bin)$/i, '')
}

/** What goes into a prompt, for example "<lora:ink-style:0.8>". */
export function promptToken(adapter: Pick<Adapter, 'file_name' | 'weight'>): string {
  return `<lora:${promptName(adapter)}:${weightText(adapter.weight)}>`
}

/** A weight with at most two decimals, always with a point since it goes into prompts: "0.8". */
export function weightText(weight: number): string {
  return String(Math.round(weight * 100) / 100)
}

/** The one or two letters shown in place of a missing picture. */
export function initials(name: string): string {
  const words = name.split(/[\s_\-.]+/).filter((word) => /[\p{L}\p{N}]/u.test(word))
  const letters = words.slice(0, 2).map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0))
  return letters.join('').toUpperCase() || '?'
}

/** A hue from 0 to 359 that is always the same for the same text. */
export function hueOf(text: string): number {
  let hash = 0
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0
  return hash % 360
}

export type Health = 'missing' | 'unreadable' | 'unsafe' | 'defect' | 'warning' | null

/** The worst that is known about an adapter's file. */
export function healthOf(adapter: Pick<Adapter, 'file_state' | 'findings'>): Health {
  const { file_state: state, findings } = adapter
  if (state === 'missing' || state === 'unreadable' || state === 'unsafe') return state
  if (findings.some((finding) => finding.severity === 'defect')) return 'defect'
  return findings.some((finding) => finding.severity === 'warning') ? 'warning' : null
}
