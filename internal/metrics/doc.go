// Package metrics counts what happens for Prometheus: jobs, requests, scans, digests,
// live connections and the Go runtime. docs/metrics.md lists every name.
//
// It is fed by cmd, where jobs and scans end, and by the front door, and is read by whoever
// fetches /metrics. A nil *Metrics counts nothing, so that rooms need not ask whether there
// is one.
//
// What it is not: analytics. Those count rows of the database and survive a restart.
//
// Promises:
//
//  1. A scrape asks neither the database nor an engine nor a disk.
//  2. Labels come from a bounded set: routes are patterns, never paths that clients sent.
//  3. Every Metrics has a registry of its own, so that several run side by side.
//
// Test: go test ./internal/metrics
package metrics
