/** A file on its way. `retrying` waits for the network; `lost` waits for the file, which a reload took away. */
export type UploadState = 'waiting' | 'sending' | 'retrying' | 'paused' | 'failed' | 'lost' | 'done'

export interface UploadEntry {
  key: number
  /** Its name with the folders it was chosen with. */
  path: string
  size: number
  modified: number
  state: UploadState
  /** Bytes that left this computer. */
  sent: number
  /** The server's id, once it has one. */
  id: string | null
  error: unknown
  /** The import that holds it. */
  importId: string | null
}

/** How the queue reaches the server; replaced in tests. */
export interface Transport {
  begin: (path: string, size: number, signal: AbortSignal) => Promise<string>
  offset: (id: string, signal?: AbortSignal) => Promise<number>
  send: (
    id: string,
    offset: number,
    content: Blob,
    signal: AbortSignal,
    onSent: (bytes: number) => void,
  ) => Promise<number>
  drop: (id: string) => Promise<void>
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

export interface Picked {
  file: File
  path: string
}
