// Package recommend is story 3: what goes well with an adapter, a prompt, a trigger
// word or what is composed now, and why.
//
// It holds an index of all adapters in memory, follows every change of the catalog, and
// judges each candidate by eight signals: text, style, technical, co_use, quality,
// popularity, recency and taste. docs/recommendations.md says what each of them is.
//
// Not here: SQL (store), the endpoint that makes text vectors (embedding), vectors and
// the search for the nearest (vector), HTTP (httpapi). What it needs comes in through
// the interfaces of ports.go.
//
// Promises:
//
//  1. What cannot be loaded beside the adapters in question is not recommended.
//  2. Spellings of a word that differ in blanks, hyphens, case and accents are one.
//  3. Asked for a trigger, adapters that have exactly it come before all others.
//  4. An answer knows every change of the catalog that was committed before it was asked.
//  5. What the user says about a recommendation counts in the next answer, which shows it.
//
// Test: go test ./internal/recommend/ (the store on SQLite is real)
// Bench: go test -bench . ./internal/recommend/
// How good it is: make eval
package recommend
