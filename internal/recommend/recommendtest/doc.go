// Package recommendtest has a catalog in memory to recommend from, for benchmarks and the
// evaluation, which need libraries and histories of any size at once. What must be true on
// a real database is tested on one.
package recommendtest
