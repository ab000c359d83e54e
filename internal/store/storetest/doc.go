// Package storetest is the conformance suite of the store: the same tests run on
// SQLite and on a real PostgreSQL, so that both give the same answers. It also makes
// the files that benchmarks fill a catalog with.
//
// Every test gets a store of its own, empty but for one library folder.
package storetest
