// Package jobs is story 2: the life of a job, from accepted to done. Generations and
// deliveries live the same life; docs/jobs.md draws it.
//
// A job is its row. It is accepted when the row is committed, claimed with a lease and a
// fencing token, kept alive by beats, and ended once. Wake-ups and events carry ids.
//
// Not here: SQL (store), how workers are woken (queue), what engines speak (engine),
// where pictures lie (images), HTTP. They come in through the interfaces of ports.go.
//
// Promises:
//
//  1. What was accepted is never lost: after a crash anywhere a job goes on, begins
//     again, or ends with the reason.
//  2. No job ends twice: a worker that lost its lease writes nothing more.
//  3. A cancelled job stays cancelled, and its engine is stopped where that is possible.
//  4. Only what can help is tried again, later each time, and a bounded number of times.
//  5. A delivery ordered with a generation is made once, after the generation succeeded.
//  6. Each run ends within the engine's timeout and 5 s, whatever the engine does.
//  7. A request out of bounds is refused with the field's name before anything is kept.
//  8. Work returns soon after it is told to stop, and no job pays for that.
//
// Test: go test ./internal/jobs/ (the store on SQLite is real, engines are played)
package jobs
