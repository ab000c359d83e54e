import type { SharedComposition } from '@/api/generated'
import type { Download } from '@/api/download'

/** A shared composition as the text that goes to somebody else. */
export function sharedText(shared: SharedComposition): string {
  return JSON.stringify(shared, null, 2)
}

/** A file name that every system takes, made from a name that may hold anything. */
export function fileNameOf(name: string): string {
  const plain = name.normalize('NFC').replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
  return `${
    plain
      .replace(/\s+/g, ' ')
      .replace(/^[ .]+|[ .]+$/g, '')
      .slice(0, 80) || 'composition'
  }.json`
}

export function sharedFile(shared: SharedComposition): Download {
  const blob = new Blob([sharedText(shared)], { type: 'application/json' })
  return { name: fileNameOf(shared.name), blob }
}
