// Package queue wakes workers up: in process, through PostgreSQL, or through Redis. It
// carries ids, never truth.
//
// Not here: jobs. A job's row says whether it waits and who has it; whoever is woken
// asks the rows for the next job, which need not be the one whose id woke it. Workers
// also look at the rows by themselves now and then, so a lost wake-up costs seconds.
//
// In story 2 jobs wakes whoever is free after it has committed a row, and its workers
// read Woken while they have room.
//
// Promises:
//
//  1. Wake never waits for a worker, and for Redis or PostgreSQL only a bounded time.
//  2. A wake-up that nobody reads yet is kept, or one like it: ids are bounded, and
//     the same id waits once.
//  3. While Redis or PostgreSQL is away, wake-ups reach the workers of this process,
//     and the log says so once. Afterwards all goes on by itself.
//  4. Close ends everything that was started, and waits for it.
//
// Test: go test -race ./internal/queue/... (real PostgreSQL and Redis; `make needs`)
package queue
