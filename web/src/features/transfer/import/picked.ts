import type { Picked } from './upload'

/** What an import can use of a folder: archives, adapters and what lies beside them. */
const useful =
  /\.(zip|age|safetensors|pt|ckpt|bin|json|info|txt|ya?ml|html|png|jpe?g|webp|gif|avif|mp4|webm)$/i

export interface PickedFiles {
  files: Picked[]
  /** How many files of folders were left out, because nothing in them could be imported. */
  ignored: number
}

/** The files of a file box; those of a folder box carry their folders in their path. */
export function pickedFrom(files: Iterable<File>): PickedFiles {
  const all = Array.from(files, (file) => ({ file, path: file.webkitRelativePath || file.name }))
  return sift(all)
}

/** What was dropped, with everything in the folders among it. */
export async function droppedFrom(data: DataTransfer): Promise<PickedFiles> {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null)
  if (entries.length === 0) return pickedFrom(data.files)
  const found = await Promise.all(entries.map((entry) => filesOf(entry, '')))
  return sift(found.flat())
}

function sift(all: Picked[]): PickedFiles {
  // A file that was pointed at is sent, whatever it is called: the server says what it thinks of it.
  const files = all.filter(({ path }) => !path.includes('/') || (useful.test(path) && !isHidden(path)))
  return { files, ignored: all.length - files.length }
}

const isHidden = (path: string) => /(^|\/)\./.test(path)

async function filesOf(entry: FileSystemEntry, above: string): Promise<Picked[]> {
  const path = above + entry.name
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      ;(entry as FileSystemFileEntry).file(resolve, reject)
    })
    return [{ file, path }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const found: Picked[] = []
  for (;;) {
    // A reader hands out some entries at a time, and none at its end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (some.length === 0) return found
    for (const one of some) found.push(...(await filesOf(one, `${path}/`)))
  }
}
