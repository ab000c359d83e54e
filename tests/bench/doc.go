// Command bench measures what docs/benchmarks.md promises, on this machine, through
// the real binary wherever the figure is about the server.
//
// It writes sample libraries of 10,000 and 100,000 adapters into a cache folder once
// (sparse: about 8 GB on disk), starts bin/loramanager on a fresh data folder for
// every cold figure, and talks to it over HTTP as a browser would. Every figure is
// taken several times; the table shows the median, the 95th percentile where single
// requests are meant, and whether the target is met. Nothing is left out because it
// looks bad.
//
// Not here: benchmarks of single functions, which stand beside the code as
// `go test -bench`; the header reader's is run from here, since its speed is promised.
//
// Run: make bench, or go run ./tests/bench -only scan -sizes 10000
package main
