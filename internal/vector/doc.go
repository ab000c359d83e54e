// Package vector turns words into vectors and finds the nearest ones, exactly and in
// memory.
//
// A Vocabulary knows how rare each piece of a word is in the library; with it words and
// phrases become vectors of a few hundred dimensions in which spellings of one word lie
// close together. A Matrix holds one vector per row and measures all of them against one.
//
// Not here: which words an adapter has and what nearness means (recommend), models that
// make vectors of texts (embedding). There is no approximate index: the exact search is
// fast enough, and misses nothing.
//
// Promises:
//
//  1. Spellings of one word have vectors that lie close together.
//  2. Cosines are those of a plain loop over all rows.
//  3. A vector without direction (zeros, NaN, infinite parts, another length) is refused.
//
// Test: go test ./internal/vector/
// Bench: go test -bench . ./internal/vector/
package vector
