package archive

import (
	"context"
	"io"

	"loramanager/internal/lora"
)

// Source is where an import comes from: an archive, uploaded files and folders, or what
// another manager left. Everything in it is hostile. One goroutine uses it at a time, from
// the plan to the end of the import.
type Source interface {
	// Name says in one or two words what it is: a file's name, or a program's.
	Name() string
	// Records hands over what it holds, once: adapters first, then whatever names adapters.
	// What one record lacks does not stop the others: it goes to the record's Note.
	// An error of each ends it and is returned as it is.
	Records(ctx context.Context, each func(Incoming) error) error
	// Open opens a file that a record named. Reading to its end fails when it is not
	// the file the source promised, or has changed since.
	Open(ctx context.Context, file IncomingFile) (io.ReadCloser, error)
	// Verify reads whatever carries a checksum, wanted or not, except the members that were
	// read to their end with Open, and fails with the name of the first one that is
	// damaged. progress is told the bytes read since it was last called.
	Verify(ctx context.Context, read func(member string) bool, progress func(bytes int64)) error
	// Notes say in sentences what the user should know of the source as a whole. They
	// are complete once Records has returned.
	Notes() []string
	// Close releases what is open.
	Close() error
}

// Incoming is one thing a Source holds.
type Incoming struct {
	Record lora.ArchiveRecord
	// Files lie beside the record: of an adapter its own file, sidecars and previews, of
	// a job its pictures. An adapter without its own file is one that is to be found in
	// the library, or missing.
	Files []IncomingFile
	// Fields names the fields of an adapter that the source speaks of, by their wire
	// names; nil takes all that are not empty. What is not named is never a difference.
	Fields []string
	// SourceID is what the source calls an adapter where that is no id of ours. It is only
	// ever shown.
	SourceID string
	// ByContent says that only the content of an adapter's file tells which one it is: what
	// it is called is no more than the name of a file.
	ByContent bool
	// Origin says where an adapter comes from, for its record: archive, or the program
	// it was kept with. Detail says more, such as the archive's name.
	Origin, Detail string
	// Note is what the user should know of this one, a sentence.
	Note string
}

// FileKind says what a file is to its adapter.
type FileKind string

// The kinds.
const (
	FilePrimary FileKind = "primary"  // the adapter itself
	FileSidecar FileKind = "metadata" // JSON beside it
	FilePreview FileKind = "preview"
	FilePicture FileKind = "picture" // made by a job; kept by its digest
)

// IncomingFile is a file that a Source can open.
type IncomingFile struct {
	Kind   FileKind
	Name   string // base name as the source has it, hostile
	Member string // by which the source finds it
	Size   int64
	SHA256 string // lower-case hex as the source states it, empty when it does not
}
