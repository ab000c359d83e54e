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

	Counts(ctx context.Context) (lora.LibraryCounts, error)
	Activities(ctx context.Context, limit int) ([]lora.Activity, error)
	Duplicates(ctx context.Context, offset, limit int) (page []lora.DuplicateGroup, total int, wasted int64, err error)
	Twins(ctx context.Context, id string) ([]lora.Twin, error)
	Versions(ctx context.Context, id string) ([]lora.Adapter, error)
	Ping(ctx context.Context) error
	Adapter(ctx context.Context, id string) (lora.Adapter, error)
	Adapters(ctx context.Context, ids []string) ([]lora.Adapter, error)
	Report(ctx context.Context, id string) (*lora.Report, error)
	Roots(ctx context.Context) ([]lora.Root, error)
	Trashed(ctx context.Context) ([]lora.Place, error)
	Digests(ctx context.Context, id string) (lora.Digests, error)
	FindDigest(ctx context.Context, token string) (rule string, matches []lora.DigestMatch, ambiguous bool, err error)
	SavedSearches(ctx context.Context) ([]lora.SavedSearch, error)
	AddSavedSearch(ctx context.Context, search lora.SavedSearch) (lora.SavedSearch, error)
	ReplaceSavedSearch(ctx context.Context, search lora.SavedSearch) (lora.SavedSearch, error)
	DeleteSavedSearch(ctx context.Context, id string) error
	Settings(ctx context.Context) (map[string]json.RawMessage, error)
	PatchSettings(ctx context.Context, patch map[string]json.RawMessage) (map[string]json.RawMessage, error)
	Patch(ctx context.Context, id string, patch map[string]json.RawMessage) (lora.Adapter, string, error)
}
