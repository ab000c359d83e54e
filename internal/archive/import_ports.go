package archive

import (
	"context"

	"loramanager/internal/lora"
)

// ImportPorts are what imports need from other rooms.
type ImportPorts struct {
	Catalog  ImportCatalog
	Library  ImportLibrary
	Pictures PictureShelf
	Uploads  *Uploads
	// RestorePoint makes a backup of everything but adapter files, before an import changes
	// anything, and returns its id; nil makes none.
	RestorePoint func(ctx context.Context, note string) (backupID string, err error)
}

// ImportCatalog compares with the catalog and writes to it.
type ImportCatalog interface {
	// FindArchived says for each archived adapter which one of the catalog it meets.
	FindArchived(ctx context.Context, archived []lora.ArchivedAdapter) ([]lora.ArchivedMatch, error)
	// ApplyImport makes an import in one transaction, all of it or nothing, as next hands
	// out its steps until io.EOF, together with the journal of files it owes to the disk.
	ApplyImport(ctx context.Context, run lora.ImportRun, next func() (lora.ImportStep, error)) (lora.ImportCounts, error)
	// Journals lists what committed imports still owe to the disk.
	Journals(ctx context.Context) ([]lora.Journal, error)
	// SettleJournal says that an import owes nothing any more.
	SettleJournal(ctx context.Context, transferID string) error
	// Relocate records that files lie elsewhere than was said.
	Relocate(ctx context.Context, moved []lora.Relocation) (refused []error, err error)
}

// ImportLibrary knows the library folders.
type ImportLibrary interface {
	Roots(ctx context.Context) ([]lora.Root, error)
	// Arrived reads files that were placed, and what lies beside them.
	Arrived(ctx context.Context, files []lora.Folder) error
}

// PictureShelf keeps pictures by the digest of their content.
type PictureShelf interface {
	// Has reports whether a picture is kept.
	Has(ctx context.Context, sha string) (bool, error)
	// Check decodes a picture and measures it. Invalid for what is no picture, and for one
	// that is not written the way kept pictures are: its digest would be another.
	Check(ctx context.Context, picture []byte, sha string) (lora.Image, error)
	// Adopt checks a picture and keeps it.
	Adopt(ctx context.Context, picture []byte, sha string) error
}
