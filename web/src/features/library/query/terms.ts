/**
 * One term of the field syntax, with its place in the text. A term without a
 * field is a bare word or a "quoted phrase".
 */
export interface Term {
  field: string | null
  values: string[]
  negated: boolean
  start: number
  end: number
}

export type TermState = 'included' | 'excluded' | null

const blank = /\s/
const endsValue = /[\s,|]/
const needsQuotes = /[\s,|"]/
const fieldPrefix = /^([a-z_]+):/i

/** Splits a query into its terms as the server does. It never fails: what cannot be a field is a word. */
export function parseTerms(text: string): Term[] {
  const terms: Term[] = []
  for (let at = 0; at < text.length;) {
    if (blank.test(text.charAt(at))) {
      at++
      continue
    }
    const term = readTerm(text, at)
    if (term.field !== null || term.values.length > 0) terms.push(term)
    at = term.end
  }
  return terms
}

function readTerm(text: string, start: number): Term {
  const negated = text.charAt(start) === '-' && /\S/.test(text.charAt(start + 1))
  let at = start + (negated ? 1 : 0)
  const field = fieldPrefix.exec(text.slice(at))?.[1] ?? null
  if (field !== null) at += field.length + 1
  const values: string[] = []
  for (;;) {
    const [value, end] = readValue(text, at)
    if (value !== '') values.push(value)
    if (end >= text.length || blank.test(text.charAt(end))) {
      return { field: field?.toLowerCase() ?? null, values, negated, start, end }
    }
    at = end + 1
  }
}

/** Reads up to the next blank, comma or bar; a quote at its start hides those until the next quote. */
function readValue(text: string, start: number): [value: string, end: number] {
  let at = start
  let value = ''
  if (text.charAt(at) === '"') {
    const closing = text.indexOf('"', at + 1)
    at = closing < 0 ? text.length : closing + 1
    value = text.slice(start + 1, closing < 0 ? at : closing)
    while (at < text.length && !endsValue.test(text.charAt(at))) at++
    return [value, at]
  }
  while (at < text.length && !endsValue.test(text.charAt(at))) at++
  return [text.slice(start, at), at]
}

function quote(value: string): string {
  const bare = value.replaceAll('"', '')
  return bare === '' || needsQuotes.test(bare) ? `"${bare}"` : bare
}

/** Writes a term the way `parseTerms` reads it. */
export function writeTerm(term: Pick<Term, 'field' | 'values' | 'negated'>): string {
  const field = term.field === null ? '' : `${term.field}:`
  return (term.negated ? '-' : '') + field + term.values.map(quote).join(',')
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
const has = (term: Term, value: string) => term.values.some((entry) => same(entry, value))

/** Says whether the query asks for a value of a field, against it, or neither. */
export function stateOf(text: string, field: string, value: string): TermState {
  const term = parseTerms(text).find((entry) => entry.field === field && has(entry, value))
  if (!term) return null
  return term.negated ? 'excluded' : 'included'
}

/** Takes the term at the given position out of the query. */
export function removeTerm(text: string, index: number): string {
  const term = parseTerms(text)[index]
  return term ? splice(text, term, '') : text
}

/** Takes one value of a field out of the query, wherever it stands. */
export function removeValue(text: string, field: string, value: string): string {
  const term = parseTerms(text).find((entry) => entry.field === field && has(entry, value))
  if (!term) return text
  const values = term.values.filter((entry) => !same(entry, value))
  const rest = splice(text, term, values.length ? writeTerm({ ...term, values }) : '')
  return removeValue(rest, field, value)
}

/**
 * Asks for a value, or against it. Values of one field are alternatives and join
 * one term ("base:sdxl,flux1"); `apart` keeps them in terms of their own, which
 * must all hold ("is:active is:favorite").
 */
export function setValue(
  text: string,
  field: string,
  value: string,
  state: TermState,
  apart = false,
): string {
  const rest = removeValue(text, field, value)
  if (state === null) return rest
  const negated = state === 'excluded'
  const term = apart
    ? undefined
    : parseTerms(rest).find((entry) => entry.field === field && entry.negated === negated)
  if (term) return splice(rest, term, writeTerm({ ...term, values: [...term.values, value] }))
  return join(rest, writeTerm({ field, values: [value], negated }))
}

/** Replaces whatever the query says about a field by one value, or by nothing. */
export function replaceField(text: string, field: string, value: string | null): string {
  const term = parseTerms(text).find((entry) => entry.field === field)
  if (term) return replaceField(splice(text, term, ''), field, value)
  return value === null ? text : join(text, writeTerm({ field, values: [value], negated: false }))
}

/** Puts two pieces of a query beside each other. */
export function join(a: string, b: string): string {
  return [a.trim(), b.trim()].filter(Boolean).join(' ')
}

function splice(text: string, term: Term, replacement: string): string {
  return (text.slice(0, term.start) + replacement + text.slice(term.end)).replace(/ {2,}/g, ' ').trim()
}
