// Package catalog answers questions about all adapters at once from memory: the
// field syntax, search, filters, facets, sort orders, suggestions, duplicates and
// counts.
//
// It holds no truth. The store feeds it rows whenever the database's change number
// has moved and asks it which adapters match; the rows shown come from the database.
//
// Not here: SQL (store), what an adapter is (lora), HTTP (httpapi).
//
// How it is fast: one column per property, one folded text per adapter with a bit
// table over letter pairs in front of it, sorted permutations that are patched
// rather than sorted again, and bit sets for everything a query can say. An account's
// own favourites and ratings are few; they are laid over those of the library in a view
// that is kept until one of them changes.
//
// Promises:
//
//  1. Every answer is the one a plain loop over all adapters would give, with the
//     favourites and ratings of the account that asks.
//  2. Text matches anywhere in a word, whatever its case and accents.
//  3. A facet's own terms do not narrow that facet.
//  4. A query costs bounded time and memory; no text makes Parse fail other than
//     with an Invalid error that names the field "q".
//  5. Trashed adapters appear only when asked for with is:trashed.
//
// Test: go test ./internal/catalog/
// Bench: go test -bench . ./internal/catalog/
package catalog
