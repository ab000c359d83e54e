import { describe, expect, it } from 'vitest'
import { droppedFrom, pickedFrom } from './picked'

function fileIn(path: string): File {
  const file = new File(['x'], path.slice(path.lastIndexOf('/') + 1))
  Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' })
  return file
}

/** A folder as a browser hands it over, two entries at a time. */
function folder(name: string, children: object[]) {
  return {
    name,
    isFile: false,
    createReader: () => {
      const rest = [...children]
      return {
        readEntries: (resolve: (entries: object[]) => void) => {
          resolve(rest.splice(0, 2))
        },
      }
    },
  }
}

const entry = (name: string) => ({
  name,
  isFile: true,
  file: (resolve: (file: File) => void) => {
    resolve(new File(['x'], name))
  },
})

const drop = (entries: object[]) =>
  ({
    items: entries.map((one) => ({ webkitGetAsEntry: () => one })),
    files: [],
  }) as unknown as DataTransfer

describe('choosing files', () => {
  it('keeps the folders of a chosen folder, and leaves out what cannot be imported', () => {
    const { files, ignored } = pickedFrom(
      ['loras/a.safetensors', 'loras/anime/b.json', 'loras/Thumbs.db', 'loras/.cache/c.json'].map(fileIn),
    )
    expect(files.map(({ path }) => path)).toEqual(['loras/a.safetensors', 'loras/anime/b.json'])
    expect(ignored).toBe(2)
  })

  it('takes a file that was pointed at, whatever it is called', () => {
    const { files, ignored } = pickedFrom([fileIn('backup.old')])
    expect(files.map(({ path }) => path)).toEqual(['backup.old'])
    expect(ignored).toBe(0)
  })

  it('reads folders that were dropped to their end', async () => {
    const tree = folder('loras', [
      entry('a.safetensors'),
      entry('a.png'),
      folder('deep', [entry('b.safetensors')]),
      entry('note.doc'),
    ])
    const { files, ignored } = await droppedFrom(drop([tree, entry('archive.zip')]))
    expect(files.map(({ path }) => path)).toEqual([
      'loras/a.safetensors',
      'loras/a.png',
      'loras/deep/b.safetensors',
      'archive.zip',
    ])
    expect(ignored).toBe(1)
  })
})
