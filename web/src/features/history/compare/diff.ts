import type { Result } from '@/api/generated'
import { factsOf } from '../viewer/facts'
import { weightText } from '../records/weight'

/** One line of a comparison; a side without the fact has null. */
export interface Difference {
  key: string
  left: string | null
  right: string | null
  isDifferent: boolean
}

/** Everything two results were made with, side by side in the order of the left one. */
export function differencesOf(left: Result, right: Result): Difference[] {
  const sides = [left, right].map(
    (result) => new Map([...factsOf(result), ...adapterFacts(result)].map(({ key, value }) => [key, value])),
  )
  const [a, b] = [sides[0] ?? new Map<string, string>(), sides[1] ?? new Map<string, string>()]
  return [...new Set([...a.keys(), ...b.keys()])].map((key) => {
    const [one, other] = [a.get(key) ?? null, b.get(key) ?? null]
    return { key, left: one, right: other, isDifferent: one !== other }
  })
}

/** Adapters are facts whose key is their name. */
function adapterFacts(result: Result) {
  return result.adapters.map((use) => ({ key: adapterKey(use.name), value: weightText(use) }))
}

const mark = 'adapter:'
const adapterKey = (name: string) => mark + name

/** The name of the adapter a line is about; null for a line about anything else. */
export function adapterOfKey(key: string): string | null {
  return key.startsWith(mark) ? key.slice(mark.length) : null
}

/** A piece of a text, and whether the other text lacks it. */
export interface Piece {
  text: string
  isOnlyHere: boolean
}

/** Texts beyond this many words each are not compared word by word. */
const mostWords = 600

/** Compares two texts word by word: what both have in the same order is the same. */
export function compareTexts(left: string, right: string): { left: Piece[]; right: Piece[] } {
  const [a, b] = [wordsOf(left), wordsOf(right)]
  if (a.length > mostWords || b.length > mostWords) {
    const isOnlyHere = left !== right
    return { left: [{ text: left, isOnlyHere }], right: [{ text: right, isOnlyHere }] }
  }
  const common = commonLengths(a, b)
  const [onlyLeft, onlyRight] = [a.map(() => true), b.map(() => true)]
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) onlyLeft[i++] = onlyRight[j++] = false
    else if (at(common, i + 1, j) >= at(common, i, j + 1)) i++
    else j++
  }
  return { left: joined(a, onlyLeft), right: joined(b, onlyRight) }
}

/** Words with the spaces after them, adapter tags and commas each for themselves. */
function wordsOf(text: string): string[] {
  return text.match(/<[^<>]*>\s*|[^\s,<]+\s*|,\s*|<|\s+/g) ?? []
}

const at = (table: readonly number[][], i: number, j: number) => table[i]?.[j] ?? 0

/** How many words the rests of two texts have in common, by where the rests begin. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i--) {
    const row = table[i] ?? []
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] =
        a[i] === b[j] ? at(table, i + 1, j + 1) + 1 : Math.max(at(table, i + 1, j), at(table, i, j + 1))
    }
  }
  return table
}

function joined(words: readonly string[], only: readonly boolean[]): Piece[] {
  const pieces: Piece[] = []
  words.forEach((text, index) => {
    const isOnlyHere = only[index] ?? false
    const last = pieces.at(-1)
    if (last?.isOnlyHere === isOnlyHere) last.text += text
    else pieces.push({ text, isOnlyHere })
  })
  return pieces
}
