// Package sidecar reads the JSON files that other programs write beside an adapter,
// and knows which file names belong to which adapter. It has no I/O: it is given
// names and bytes.
//
// Not here: opening files (guard), reading the adapter itself (safetensors, inspect),
// deciding which source of a field wins (library).
//
// In story 1 the scanner sorts the names of one folder with Match, reads the sidecars
// it found, hands them to Parse and merges the results with what the file says.
//
// Promises:
//
//  1. Null, missing and oddly typed values never lose the rest of a sidecar.
//  2. JSON that is not about an adapter is ErrUnrelated, not a broken sidecar.
//  3. Memory and time are bounded by MaxBytes, MaxDepth and MaxValues.
//  4. A weight of 0 is a weight. Only where a format writes 0 for "not set" it is none.
//  5. Sorting the names of a folder takes time linear in their number.
//
// All texts that come out are valid UTF-8 without control characters, and hostile:
// descriptions may be HTML, URLs are https or http but lead anywhere.
//
// Test: go test ./internal/sidecar/
package sidecar
