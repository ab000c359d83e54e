// Package movein reads what other managers of adapters left on a disk: sidecars beside
// the files, recipes, styles, statistics of use, and the databases of InvokeAI and of
// this program's first version.
//
// Not here: what becomes of it (archive plans it like any other import), adapter files
// themselves (library reads them), archives (archive).
//
// In story 4 a folder is looked at with Detect; what is found is opened with Open and
// handed to an import as records and files.
//
// Promises:
//
//  1. Nothing in the folder is changed, and nothing outside it is read.
//  2. One broken file never hides the others; it is named in a note.
//  3. Work is bounded: entries of a tree, bytes of a file, rows of a database.
//  4. What a manager keeps that has no place here is named, per manager (docs/moving-in.md).
//  5. Order stays: of trigger words, of tags, of the adapters in a recipe.
//
// Test: go test ./internal/movein/
package movein
