// Package health looks at every part of the system in the background and says, of what is
// wrong, what to do. A Checker looks; a Pulse measures this computer, keeps samples and
// tells that this process is alive.
//
// Not here: how parts are reached (store, queue, engine, images), how a computer is
// measured (machine), HTTP. They come in through ports.go. docs/status.md lists the checks.
//
// Promises:
//
//  1. A question never waits: it is answered from memory, whatever hangs.
//  2. A look that hangs is told of as unknown, is not begun again before it is back, and
//     holds up no other.
//  3. No password or key is in what is told.
//  4. What is not set up is off and no trouble: without Redis, graphics card, folders or
//     an embeddings endpoint all is healthy.
//  5. A change of a state is announced, in order, and nothing else is.
//  6. A sample is kept each minute, and a sign of life given each 10 s, as long as the
//     database takes them; a database that was away is written to again.
//  7. What was begun is waited for at the end, and for no longer than wanted.
//
// Test: go test ./internal/health/ (the store on SQLite is real, parts that fail are played)
package health
