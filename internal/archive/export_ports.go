package archive

import (
	"context"
	"io"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ExportPorts are what exports need from other rooms.
type ExportPorts struct {
	Catalog  ExportCatalog
	Pictures PictureSource
	Search   AdapterSearch
	// Wildcards is the folder of wildcard files; nil when there is none.
	Wildcards *guard.Root
}

// ExportCatalog reads the catalog for an archive.
type ExportCatalog interface {
	// Export hands over everything of a scope as it is at one moment, roots first, then
	// adapters before what names them. An error of each ends it and is returned.
	Export(ctx context.Context, scope lora.ExportScope, each func(lora.ArchiveRecord) error) error
	// ExportSize says how much that is without reading any file.
	ExportSize(ctx context.Context, scope lora.ExportScope) (lora.ExportSize, error)
}

// PictureSource opens kept pictures by the digest of their content.
type PictureSource interface {
	// Open returns a picture and its content type; NotFound when it is not kept.
	Open(ctx context.Context, sha string) (io.ReadSeekCloser, string, error)
	// Size returns how many bytes it has; NotFound when it is not kept.
	Size(ctx context.Context, sha string) (int64, error)
}

// AdapterSearch finds adapters by the library's search.
type AdapterSearch interface {
	// AdapterIDs lists the ids of all adapters that match, Invalid when q cannot be read.
	AdapterIDs(ctx context.Context, q string) ([]string, error)
}
