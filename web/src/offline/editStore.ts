import type { KeptEdit } from './keptEdit'

/** Where edits wait. One edit per owner and adapter. */
export interface EditStore {
  all: () => Promise<KeptEdit[]>
  put: (edit: KeptEdit) => Promise<void>
  remove: (edit: KeptEdit) => Promise<void>
}

const storeName = 'edits'

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => {
      resolve(request.result)
    })
    request.addEventListener('error', () => {
      reject(request.error ?? new Error('The browser did not keep the change.'))
    })
  })
}

/** Edits in this browser's database, which outlives tabs and restarts. */
export class BrowserEditStore implements EditStore {
  private readonly name: string
  private opened: Promise<IDBDatabase> | undefined

  constructor(name: string) {
    this.name = name
  }

  async all(): Promise<KeptEdit[]> {
    const store = await this.store('readonly')
    return result(store.getAll() as IDBRequest<KeptEdit[]>)
  }

  async put(edit: KeptEdit): Promise<void> {
    const store = await this.store('readwrite')
    await result(store.put(edit))
  }

  async remove({ owner, adapterId }: KeptEdit): Promise<void> {
    const store = await this.store('readwrite')
    await result(store.delete([owner, adapterId]))
  }

  private async store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    const database = await (this.opened ??= this.open())
    return database.transaction(storeName, mode).objectStore(storeName)
  }

  private open(): Promise<IDBDatabase> {
    const request = indexedDB.open(this.name, 1)
    request.addEventListener('upgradeneeded', () => {
      request.result.createObjectStore(storeName, { keyPath: ['owner', 'adapterId'] })
    })
    return result(request)
  }
}
