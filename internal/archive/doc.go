// Package archive is story 4: nothing is lost. It writes archives and reads them, makes
// backups and restores them, and brings in what other programs left.
//
// One format serves exports and backups: docs/archive-format.md. A file starts with the
// noun of its part: format_ is that format, export_ plans and streams, import_ compares,
// stages and places, backup_ and restore_ are what the words say, transfer is the
// register of everything that runs.
//
// Not here: ZIP and encryption (guard), SQL (store, behind the ports), where backups are
// kept (vault), other programs' formats (movein, sidecar), HTTP.
//
// Promises:
//
//  1. The size of an archive is known before its first byte, and any range of it can be
//     asked for again and again until it expires.
//  2. Every bit of our archives is covered by a digest or the seal: damage is found, and
//     named, before anything is written.
//  3. A file that changes between plan and stream ends the stream; it is never sent half old.
//  4. Memory does not grow with the size of files, only with their number.
//  5. Archives of the prototype are read, and ours are read by it.
//  6. Passwords, keys and tokens are never in an archive.
//  7. An import happens whole or not at all, whatever moment the power fails.
//  8. A backup counts only once it was read back; a restore that fails leaves what was.
//  9. What a cancelled or dead run wrote is swept; what it did not begin is not touched.
//
// Test: go test ./internal/archive/
package archive
