package origin

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"loramanager/internal/lora"
)

// Hub is one place adapters come from. Its errors are *lora.HubError, or the caller's own
// cancellation.
type Hub interface {
	State() lora.HubState
	// LookUp answers in the order of the queries, nil for files the hub does not know; with
	// an error come the answers of those before it.
	LookUp(ctx context.Context, queries []lora.HubQuery) ([]*lora.HubVersion, error)
	// Models leaves out those the hub does not know; with an error come those read before it.
	Models(ctx context.Context, ids []string) ([]lora.HubModel, error)
	// Version reads a version; an empty id is the newest of the model.
	Version(ctx context.Context, modelID, versionID string) (lora.HubVersion, error)
	// Read takes an address of the hub apart.
	Read(address string) (lora.HubRef, bool)
	// Fetch asks for bytes of a file, the rest of it with last -1. The part says what comes.
	Fetch(ctx context.Context, address string, from, last int64, tag string) (io.ReadCloser, lora.HubPart, error)
	Picture(ctx context.Context, address string) ([]byte, error)
}

// Catalog keeps what hubs said.
type Catalog interface {
	// HubQueries lists adapters that were not answered since a moment, in the order of keys.
	HubQueries(ctx context.Context, ids []string, since time.Time, after int64, limit int) (queries []lora.HubQuery, next int64, err error)
	HubPending(ctx context.Context, ids []string, since time.Time) (int, error)
	PutHubFindings(ctx context.Context, findings []lora.HubFinding) error
	HubSnapshot(ctx context.Context, adapterID string) (*lora.HubSnapshot, error)
	PutHubModels(ctx context.Context, models []lora.HubModel) error
	HubModel(ctx context.Context, hub, modelID string) (*lora.HubModel, error)
	FreshHubModels(ctx context.Context, hub string, ids []string, since time.Time) (map[string]lora.HubModel, error)
}

// Updates lists newer versions and what is ignored.
type Updates interface {
	HubUpdates(ctx context.Context, after string, limit int) (updates []lora.HubUpdate, next string, err error)
	IgnoreHub(ctx context.Context, i lora.HubIgnored) error
	UnignoreHub(ctx context.Context, i lora.HubIgnored) error
	// HubIgnored lists all with an empty model.
	HubIgnored(ctx context.Context, hub, modelID string) ([]lora.HubIgnored, error)
}

// Adapters are those of the library.
type Adapters interface {
	Adapter(ctx context.Context, id string) (lora.Adapter, error)
	// Patch edits as the user and returns an id to undo it with.
	Patch(ctx context.Context, id string, patch map[string]json.RawMessage) (lora.Adapter, string, error)
	Place(ctx context.Context, id string) (lora.Place, error)
	// AdapterAt and AdaptersOf find adapters by the place and by the SHA-256 of their file.
	AdapterAt(ctx context.Context, rootID, relPath string) (id string, err error)
	AdaptersOf(ctx context.Context, sha256 string) ([]string, error)
}

// DownloadLog keeps downloads over restarts, in the order they are to be made.
type DownloadLog interface {
	Downloads(ctx context.Context) ([]lora.Download, error)
	PutDownload(ctx context.Context, d lora.Download) error
	// FinishDownload also keeps where the adapter came from.
	FinishDownload(ctx context.Context, d lora.Download, source string) error
	// OrderDownloads puts some before all others.
	OrderDownloads(ctx context.Context, ids []string) error
	DeleteDownload(ctx context.Context, id string) error
}

// Library is where files go.
type Library interface {
	Roots(ctx context.Context) ([]lora.Root, error)
	// Arrived reads files that were just put into library folders.
	Arrived(ctx context.Context, files []lora.Folder) error
	// Rescan reads an adapter and the files beside it again.
	Rescan(ctx context.Context, id string) error
}

// Announcer tells whoever listens that something happened. It never blocks.
type Announcer interface {
	Announce(eventType string, data any)
}
