// Command eval asks whether recommendations are any good. It makes histories with a
// planted structure that the recommender does not see (styles, characters and concepts
// that go together, a user who composes of them), lets it learn from the earlier jobs,
// hides one adapter of each later composition, and counts how often the hidden one is
// among the first ten recommended beside the rest.
//
// The truth is what the user composed later and never before in the same way; no signal
// has seen it. Weights were chosen with the seeds of -tune, the figures are of others.
//
// Beside every signal and their blend it measures what must be beaten: the most used
// adapters of the same base model, and the hashed bag of words of the program this one
// replaces. It fails when the blend does not beat both by 30 % in both measures.
//
//	make eval
//	go run ./tests/eval -history results.jsonl -adapters adapters.json
package main
