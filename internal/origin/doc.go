// Package origin tells the story of where adapters come from: it has them looked up at
// hubs, keeps what was said, finds newer versions, and brings files a user chose from a hub
// into a library folder.
//
// Not here: how a hub is asked (hub), where what it said is kept (store), how a file becomes
// an adapter (library).
//
// In story 4 a user has the library looked up once; from then on every adapter knows its
// model, its trigger words and its newer versions, also when the hub is gone.
//
// Promises:
//
//  1. What the user set is never replaced, and no name is, unless the user applies it; an
//     applied field can be undone.
//  2. What a hub once said stays when the hub deletes it or does not answer, and is marked.
//  3. A hub that is sick or wants to be asked less is left alone for as long as it says; a
//     run that was ended goes on where it stopped.
//  4. A file is in the library whole and with the digest the hub states, or not at all, and
//     takes no other file's place.
//  5. A download survives restarts and goes on from where it was, or from the beginning
//     when the file is no longer the same.
//  6. Names that come from a hub become names of the library only within the rules for
//     new files.
//  7. Before a download its header tells what it is, at the cost of the header.
//
// Test: go test ./internal/origin/ (tests/fakehub plays the hubs with their faults)
package origin
