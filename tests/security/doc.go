// Package security holds one test file for each row of the attack table in
// docs/promises.md. Every test runs the real binary and attacks it from outside: over
// HTTP, over the WebSocket, through files in a library folder, on the command line.
//
// Not here: the same attacks on single rooms (internal/guard, internal/safetensors and
// others have them), and what only a browser can show (tests/e2e, which takes its
// payloads from testdata/xss.json).
//
// Test: go test ./tests/security/
package security
