// Package library is story 1: folders on disk become a catalog and stay one.
//
// It walks the configured folders, reads headers and the small files beside
// them, finds moved files again, saves what it learned, watches for changes,
// computes digests in the background, and moves files when a user says so.
//
// Not here: what a header means (inspect), what sidecars mean (sidecar), SQL (store,
// behind the interfaces in ports.go), HTTP.
//
// A scan is four numbered steps that run as a pipeline, so that the first cards
// appear while the walk still goes on: 1_walk.go, 2_read.go, 3_match.go, 4_save.go.
//
// Promises:
//
//  1. A scan only reads. Files change place by Move, Rename, Trash, Restore and
//     EmptyTrash alone, all or nothing, and nothing is ever overwritten.
//  2. An unchanged file costs one stat.
//  3. A moved or renamed file keeps its record, edits and history.
//  4. A folder that vanished, hangs or was cancelled never looks like deletions.
//  5. One bad file never stops another; each is named in the scan's findings.
//  6. Links are followed only where their target lies in a configured folder;
//     loops end, and a file reached twice has one record.
//  7. A scan proposes; what the user set stays (see propose.go and the store).
//  8. Every goroutine ends with Close, also when a disk does not answer.
//  9. Of several servers on one database one watches, scans and computes digests at a
//     time; any may be asked. Another takes over when it dies (duty.go, tenure.go).
//
// Test: go test ./internal/library/
package library
