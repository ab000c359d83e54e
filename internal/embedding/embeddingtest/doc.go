// Package embeddingtest is an embeddings endpoint for tests: its vectors are alike where
// texts share words, and it can fail in the ways real ones do.
package embeddingtest
