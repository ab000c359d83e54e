// Package ziptest builds archives for tests: plain ones as the prototype wrote them, sealed
// ones as ours are, and hostile ones that whoever takes archives must refuse. The same
// hostile archives go to guard's reader and, over HTTP, to imports.
//
// Not here: writing archives for users (guard.ZipPlan). What is built here may lie in every
// field, so it shares no code with what is under test.
//
// Promises:
//
//  1. Plain and Sealed are read without complaint; each of Hostile differs from them in
//     what its name says, and in nothing else.
//
// Test: go test ./internal/guard/
package ziptest
