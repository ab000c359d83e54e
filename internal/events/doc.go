// Package events tells everyone who listens what has happened, and waits for no one.
//
// Not here: the truth. An event says that something changed and carries ids or small
// figures; whoever missed it reads the rows again. Sending events to browsers is
// httpapi's work, spacing out progress events the publisher's.
//
// In all stories the rooms below announce to the Hub and httpapi subscribes once for
// each open socket.
//
// Promises:
//
//  1. Publishing never waits for a listener. One whose buffer is full is cut off and
//     told so; the others lose nothing.
//  2. A listener sees sequence numbers rise, and all events of its filter, until it
//     is cut or leaves.
//  3. Whoever returns with the last number it saw gets what it missed, or is told that
//     there is a gap. Numbers keep rising over restarts of the server.
//  4. Close ends every subscription and waits until the listeners have left.
//  5. Hubs that a Carrier joins through one Redis deliver the same events in the same
//     order under the same numbers, so that a listener may return to any of them.
//  6. While Redis is away, publishing still waits for nobody and listeners here hear
//     what happens here. Whoever may have missed something is told to read everything
//     again when Redis is back.
//
// Test: go test -race ./internal/events/ (starts a real Redis; `make needs`)
package events
