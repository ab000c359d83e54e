// Package digest computes the digests by which model files are known, in one read,
// and compares them with what other programs claim. It has no I/O of its own: it is
// given a reader.
//
// Not here: when to hash and how politely (library), where digests are kept (store).
//
// In story 1 the background lane hands each file to Compute, stores the Set, and shows
// what Compare finds beside the adapter. A search for a digest goes through Rules.
//
// Promises:
//
//  1. Every digest is the one the other programs compute: known answers are tested.
//  2. A file is read once, front to back, whatever the number of digests.
//  3. A file that changes its length while being read yields an error, never a digest.
//  4. Digests of nothing, which broken trainers embed, never match anything.
//  5. Each difference is explained in a sentence that says whether the weights differ.
//
// Test: go test ./internal/digest/; speed: go test -bench . ./internal/digest/
package digest
