import type { Adapter } from '@/api/generated'

/** The fields of an adapter that can be changed while the server is away. */
const keptFields = [
  'name',
  'version',
  'author_username',
  'source_url',
  'base_model',
  'description',
  'notes',
  'tags',
  'triggers',
  'activation_text',
  'negative_text',
  'weight',
  'weight_min',
  'weight_max',
  'nsfw_level',
  'rating',
  'favorite',
  'active',
] as const
export type KeptField = (typeof keptFields)[number]
export type Values = Partial<Pick<Adapter, KeptField>>

/** Changes of one adapter that wait in this browser for the server. */
export interface KeptEdit {
  /** The account they belong to; empty on a server without accounts. */
  owner: string
  adapterId: string
  adapterName: string
  change: Values
  /** What the fields held before. */
  before: Values
  /** When the first of them was made, in milliseconds. */
  at: number
  /** Fields that somebody else has changed as well, with what they hold on the server. */
  theirs: Values
  /** Why the server refused, in its words; empty while it has not. */
  refusal: string
}

export function fieldsOf(values: Values): KeptField[] {
  return keptFields.filter((field) => field in values)
}

export function pick(values: Values, fields: readonly KeptField[]): Values {
  return Object.fromEntries(fields.flatMap((field) => (field in values ? [[field, values[field]]] : [])))
}

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** True for a change that consists of fields which can wait. */
export function canWait(change: object): change is Values {
  const fields: readonly string[] = keptFields
  const names = Object.keys(change)
  return names.length > 0 && names.every((name) => fields.includes(name))
}

/** Adds a change to those that wait for the same adapter; null when nothing is left to be changed. */
export function merge(kept: KeptEdit | undefined, added: KeptEdit): KeptEdit | null {
  const change = { ...kept?.change, ...added.change }
  const before = { ...added.before, ...kept?.before }
  const left = fieldsOf(change).filter((field) => !same(change[field], before[field]))
  if (left.length === 0) return null
  const fresh = fieldsOf(added.change)
  const disputed = fieldsOf(kept?.theirs ?? {}).filter((field) => !fresh.includes(field))
  return {
    ...added,
    change: pick(change, left),
    before: pick(before, left),
    at: kept?.at ?? added.at,
    theirs: pick(kept?.theirs ?? {}, disputed),
    refusal: '',
  }
}

/** What of an edit can be sent, and what the reader has to decide, given what the server holds now. */
export function judge({ change, before }: KeptEdit, now: Values) {
  const open = fieldsOf(change).filter((field) => !same(now[field], change[field]))
  const free = open.filter((field) => same(now[field], before[field]))
  const disputed = open.filter((field) => !free.includes(field))
  return { send: pick(change, free), theirs: pick(now, disputed) }
}

/** The adapter as its reader left it. Disputed fields show what the server holds. */
export function withEdit<Item extends Values>(item: Item, edit: KeptEdit | undefined): Item {
  if (!edit) return item
  const fields = fieldsOf(edit.change).filter((field) => !(field in edit.theirs))
  return { ...item, ...pick(edit.change, fields) }
}
