package httpapi

import (
	"context"
	"encoding/json"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Store is what the front door asks of the database; *store.Store answers.
type Store interface {
	List(ctx context.Context, q catalog.Query) ([]lora.Adapter, catalog.Result, error)
	Facets(ctx context.Context, q catalog.Query) (catalog.Facets, error)
	MatchingIDs(ctx context.Context, q catalog.Query) ([]string, error)
	Suggest(ctx context.Context, query string, cursor int) (catalog.Suggestions, error)
	Tags(ctx context.Context) ([]string, error)
	Database() string

	Ping(ctx context.Context) error
	Adapter(ctx context.Context, id string) (lora.Adapter, error)
	Report(ctx context.Context, id string) (*lora.Report, error)
	Patch(ctx context.Context, id string, patch map[string]json.RawMessage) (lora.Adapter, string, error)
}
