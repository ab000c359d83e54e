// Package hub asks the places adapters come from: Civitai, CivArchive and Hugging Face. It
// looks files up by their digests, reads models and versions, and fetches files and
// pictures.
//
// Not here: which adapters are looked up and when, what becomes of the answers, the queue of
// downloads (origin), where it may connect to (guard).
//
// In story 4 origin looks the library up in the background and fetches what a user chose.
// A hub that is not configured does not exist: nothing is ever sent to it.
//
// Promises:
//
//  1. A token goes to the hub's own origin only, never with a redirect to another, and is
//     in no error.
//  2. Whatever a hub answers - nulls, other types, web pages, endless or silent answers -
//     costs bounded memory and time, and becomes a version or a sentence.
//  3. A version carries what the hub says: words in their order, digests in the form of
//     their kind, descriptions sanitised; what is not there stays empty.
//  4. Answers that came before a failure are not lost.
//  5. A part of a file is told from the whole, whatever was asked for.
//
// Test: go test ./internal/hub/ (tests/fakehub plays the hubs with their faults)
package hub
