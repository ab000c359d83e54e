// Package trace tells a collector how long the parts of a request took, from the front
// door through the queue to the engine, as OpenTelemetry spans.
//
// It is built in with the tag otel only, since the exporter is as large as a third of the
// program. Without the tag, and without an address of a collector, every call does
// nothing and allocates nothing.
//
// A job outlives the request that made it, and may run in another process: its row keeps
// the parent of its span as a W3C traceparent (https://www.w3.org/TR/trace-context/).
//
// What it is not: metrics (those are in metrics), and no log.
//
// Promises:
//
//  1. A job's spans belong to the trace of the request that made it, on whichever worker.
//  2. A collector that is away, slow or hostile delays and breaks nothing.
//  3. Prompts, keys and other texts of users are in no span: names, ids and numbers are.
//
// Test: go test -tags otel ./internal/trace
package trace
