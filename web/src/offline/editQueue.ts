import { computed, shallowRef } from 'vue'
import type { Adapter } from '@/api/generated'
import { ApiError } from '@/api/problem'
import type { EditStore } from './editStore'
import {
  fieldsOf,
  judge,
  type KeptEdit,
  type KeptField,
  merge,
  pick,
  type Values,
  withEdit,
} from './keptEdit'

/** What the queue asks of the server. */
interface EditServer {
  read: (adapterId: string) => Promise<Values>
  send: (adapterId: string, change: Values) => Promise<void>
}

export interface QueueOptions {
  store: EditStore
  server: EditServer
  /** Whose edits these are. */
  owner: () => string
  /** Runs one replay at a time over all tabs. */
  alone?: (run: () => Promise<void>) => Promise<void>
}

/** Failures after which the rest waits as well: no answer, no login, a server that is busy. */
const passing = new Set(['network', 'unauthorized', 'rate_limited', 'unavailable', 'internal'])

/**
 * Edits made while the server was away. They are written down before the reader is
 * told so, and leave only when the server has them or the reader gives them up. A
 * field that somebody else changed meanwhile is never overwritten unasked.
 */
export class EditQueue {
  private readonly options: Required<QueueOptions>
  private readonly edits = shallowRef<KeptEdit[]>([])
  /** The owner's edits, oldest first. */
  readonly own = computed(() =>
    this.edits.value.filter(({ owner }) => owner === this.options.owner()).sort((a, b) => a.at - b.at),
  )
  /** Those that the reader has to decide about. */
  readonly undecided = computed(() =>
    this.own.value.filter(({ theirs, refusal }) => fieldsOf(theirs).length > 0 || refusal !== ''),
  )

  constructor(options: QueueOptions) {
    this.options = { alone: (run) => run(), ...options }
  }

  /** Reads what this or another tab has written down. */
  async load(): Promise<void> {
    this.edits.value = await this.options.store.all()
  }

  of(adapterId: string): KeptEdit | undefined {
    return this.own.value.find((edit) => edit.adapterId === adapterId)
  }

  /** The adapter with the edits that wait for it. Reactive. */
  over(adapter: Adapter): Adapter {
    return withEdit(adapter, this.of(adapter.id))
  }

  /** Writes down a change of an adapter as it was shown. */
  async keep(adapter: Adapter, change: Values): Promise<void> {
    const added: KeptEdit = {
      owner: this.options.owner(),
      adapterId: adapter.id,
      adapterName: adapter.name,
      change,
      before: pick(adapter, fieldsOf(change)),
      at: Date.now(),
      theirs: {},
      refusal: '',
    }
    await this.replace(this.of(adapter.id), merge(this.of(adapter.id), added))
  }

  /** Settles disputed fields: the reader's value is sent, the server's stays. Call replay afterwards. */
  async decide(edit: KeptEdit, field: KeptField, whose: 'mine' | 'theirs'): Promise<void> {
    const left = fieldsOf(edit.change).filter((other) => whose === 'mine' || other !== field)
    const disputed = fieldsOf(edit.theirs).filter((other) => other !== field)
    const decided = {
      ...edit,
      change: pick(edit.change, left),
      before: { ...pick(edit.before, left), ...(whose === 'mine' ? pick(edit.theirs, [field]) : {}) },
      theirs: pick(edit.theirs, disputed),
    }
    await this.replace(edit, left.length > 0 ? decided : null)
  }

  /** Gives an edit up. */
  discard(edit: KeptEdit): Promise<void> {
    return this.replace(edit, null)
  }

  /** Puts a discarded edit back. */
  restore(edit: KeptEdit): Promise<void> {
    return this.replace(undefined, edit)
  }

  /** Sends what can be sent. Resolves to the number of adapters that the server has changed. */
  async replay(): Promise<number> {
    let sent = 0
    await this.options.alone(async () => {
      await this.load()
      for (const edit of this.own.value) {
        const outcome = await this.submit(edit)
        if (outcome === 'later') break
        if (outcome === 'sent') sent++
      }
    })
    return sent
  }

  private async submit(edit: KeptEdit): Promise<'sent' | 'undecided' | 'later'> {
    try {
      const { send, theirs } = judge(edit, await this.options.server.read(edit.adapterId))
      const fields = fieldsOf(send)
      if (fields.length > 0) await this.options.server.send(edit.adapterId, send)
      const disputed = fieldsOf(theirs)
      const rest = { ...edit, change: pick(edit.change, disputed), theirs, refusal: '' }
      await this.replace(edit, disputed.length > 0 ? rest : null)
      return fields.length > 0 ? 'sent' : 'undecided'
    } catch (error) {
      if (!(error instanceof ApiError) || passing.has(error.code)) return 'later'
      await this.replace(edit, { ...edit, refusal: error.detail || error.code })
      return 'undecided'
    }
  }

  private async replace(before: KeptEdit | undefined, after: KeptEdit | null): Promise<void> {
    if (after) await this.options.store.put(after)
    else if (before) await this.options.store.remove(before)
    await this.load()
  }
}
