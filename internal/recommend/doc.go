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
// Test: go test ./internal/recommend/
// Bench: go test -bench . ./internal/recommend/
package recommend
