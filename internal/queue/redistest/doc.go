// Package redistest starts real Redis servers for tests: each in a folder of its own,
// on a free port of this computer, with the power to kill, restart and freeze it.
//
// A test that needs it fails where redis-server is not installed; it is never skipped,
// because a promise about Redis that nobody checks is none.
package redistest
