// Package infotext reads what producers note inside a picture about how it was made,
// and writes what this program notes. Texts in, facts out; pure functions.
//
// Not here: finding texts in files and putting them there (guard), tags in prompts
// (prompt), finding the adapters that are named (library, jobs), keeping pictures (images).
//
// In story 2 a picture or a pasted text becomes a composition again: guard finds the
// texts, this package reads them, prompt reads the tags, the catalog finds the adapters.
// And each picture made gets the texts that Parameters and Note write.
//
// Promises:
//
//  1. No text makes Read panic, and the work grows with the length of the text.
//  2. Of several sources the more reliable one wins, field by field; nothing a source
//     does not state is made up: Known lists what is stated.
//  3. Read takes back what Note writes without loss, and what A1111's form can say from
//     what Parameters writes.
//  4. A digest is a claim: lower case, without 0x, never that of nothing.
//
// Test: go test ./internal/infotext/
package infotext
