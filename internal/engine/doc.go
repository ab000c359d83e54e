// Package engine hands a job to something outside: an engine that makes pictures, an
// HTTP address, a folder. A Registry holds the engines the user set up and what was
// learned about them; behind it, one Driver for each kind speaks the engine's protocol.
//
// Not here: which jobs run when (jobs, queue), where pictures are kept (images), how
// adapters are spelled (prompt), which addresses may be called (guard).
//
// In story 2 the API asks Route and Check before a job is accepted, workers call Run,
// Attach and Deliver, and the pages show Status. A new kind of engine is a Driver, a
// line in newDriver and a fake in enginetest that passes its suite.
//
// Promises:
//
//  1. What an engine is known not to do is refused before anything is queued, without
//     asking it.
//  2. Every LoRA of a job is found in the engine's own list, or the job fails naming it.
//  3. What came out differently than asked is said in a warning.
//  4. A job on a sick engine ends, within its time, with a reason and in bounded memory.
//  5. A sketch follows from its order alone.
//  6. A file delivery writes below its folder only, what three tokens say.
//
// Test: go test ./internal/engine/...
package engine
