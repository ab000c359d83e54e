// Package stats counts and compares what happened: the figures, series, insights and
// downloads of analytics, and those of the first page.
//
// Not here: SQL and what counts when (store), how the machine and the parts of the system
// are (health), HTTP. Figures come in through the interfaces of ports.go; nothing is
// written and nothing is remembered. docs/analytics.md tells what is counted.
//
// Jobs end in the store, which counts each of them once; a question about a span of time
// is a sum over few rows, so no answer depends on how many jobs there are.
//
// Promises:
//
//  1. Every figure is that of the jobs there are; what was not measured is nil or absent.
//  2. A range is what its words say by the clocks of its zone, also on days of 23 or 25
//     hours and in zones off the full hour; what cannot be meant is refused by its field.
//  3. An insight has at least 10 ended generations behind it, and names those it is about.
//  4. An answer is bounded, whatever the range and however many jobs, engines or errors.
//
// Test: go test ./internal/stats/ (the store on SQLite is real)
package stats
