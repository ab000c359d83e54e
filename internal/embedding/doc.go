// Package embedding asks a model, behind an endpoint that speaks the embeddings API of
// OpenAI, for vectors of texts: Ollama, llama.cpp, LM Studio, Text Embeddings Inference,
// vLLM, OpenAI and many others do.
//
// Not here: which texts, and what becomes of the vectors (recommend, store).
//
// In story 3 the recommender hands it the words of adapters in the background and, when a
// user asks, those of a prompt; without an endpoint nothing of this runs.
//
// Promises:
//
//  1. Vectors come back in the order of the texts, whatever order the endpoint answers in.
//  2. An answer that cannot be used (another count, lengths that differ, zeros, anything
//     that is not a number) is an error that says what is wrong with it, never a vector.
//  3. An endpoint that takes fewer texts at a time than it was given is asked with fewer.
//  4. One text that the endpoint refuses does not spoil the others.
//  5. An answer costs bounded memory and time, and the key is in no error.
//
// Test: go test ./internal/embedding/... (embeddingtest is an endpoint with real faults)
package embedding
