// Package harness runs the real program for tests: it builds the binary once per test
// process, starts it on a free port with a data folder and library folders of its own,
// waits until it is ready, asks it over HTTP, and stops it.
//
// Not here: what is asked and what must come back (tests/security and others), and
// libraries to try things on (internal/sample).
//
// Promises:
//
//  1. A server that a test started has ended before the test ends, with exit code 0
//     unless the test says otherwise.
//  2. Nothing of the machine leaks in: no configuration, no key, no proxy, no home folder.
//  3. Waiting is for something to happen, never for time to pass; what does not
//     happen fails the test with what was waited for. A failed test shows the
//     server's log.
//
// A package that uses it has `func TestMain(m *testing.M) { harness.Main(m) }`.
package harness
