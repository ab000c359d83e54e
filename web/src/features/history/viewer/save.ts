import { serverUrl } from '@/api/base'

/** Has the browser save a picture of a result, with the notes about how it was made inside or without. */
export function saveImage(id: string, index: number, withNotes: boolean): void {
  const query = new URLSearchParams({ index: String(index), metadata: String(withNotes) })
  const link = document.createElement('a')
  link.href = serverUrl(`/api/v1/generation/results/${encodeURIComponent(id)}/download?${query.toString()}`)
  // The server names the file.
  link.download = ''
  link.click()
}
