package store

import (
	"context"

	"loramanager/internal/lora"
)

// Schema is the number of the last migration this program knows; the database stood at it
// when it was opened.
func (s *Store) Schema() int { return int(s.schema) }

// Ready reports whether the database answers and still has the schema this program knows:
// a newer program may have changed it meanwhile.
func (s *Store) Ready(ctx context.Context) error {
	current, err := querier{pool: s.reader}.number(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied")
	if err != nil {
		return s.failed("read the schema's version", err)
	}
	if current > s.schema {
		return lora.Errorf(lora.Unavailable, "A newer version of LoRA Manager has changed the database. Update this program too.")
	}
	return nil
}
