// Package pgtest starts a real PostgreSQL for tests: one server per test process, in
// a folder of its own and reachable through a socket only, and one database per test.
//
// A test that needs it fails where the server's programs are not installed; it is
// never skipped, because a promise about PostgreSQL that nobody checks is none.
package pgtest
