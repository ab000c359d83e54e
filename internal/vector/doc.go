// Package vector turns words into vectors and finds the nearest ones, exactly and in
// memory.
//
// A Vocabulary knows how rare each piece of a word is in the library; with it words and
// phrases become vectors of a few hundred dimensions in which spellings of one word lie
// close together. A Matrix holds one vector per row and measures all of them against one.
//
// Not here: which words an adapter has and what nearness means (recommend), models that
// make vectors of texts (embedding). There is no approximate index: see docs/benchmarks.md
// for what the exact search costs.
//
// Test: go test ./internal/vector/
// Bench: go test -bench . ./internal/vector/
package vector
