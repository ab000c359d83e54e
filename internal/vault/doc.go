// Package vault keeps backup files: in a folder of this machine, or in a bucket of an
// S3-compatible store. A file appears whole or not at all, and is never overwritten; small
// descriptions beside them are replaced as a whole.
//
// Not here: what is in a backup, which ones stay (archive), pictures (images).
//
// In story 4 archive writes a backup into a vault, reads it back, and restores from it.
//
// Promises:
//
//  1. A file is there as a whole and durably when Put returns without an error, and not at
//     all otherwise; nothing that is there already is changed by it.
//  2. Memory does not grow with the size of a file, neither writing nor reading.
//  3. What passes, such as a connection that breaks, is tried again; what does not ends in
//     an error that says what to do.
//  4. What interrupted writes left behind is swept.
//  5. A folder and a bucket behave alike: the same tests run on both.
//
// Test: go test ./internal/vault/ (a real folder, and a server that speaks S3)
package vault
