package store

import (
	"context"

	"loramanager/internal/lora"
)

// Provenance says where an adapter came from when it was imported, moved in or
// downloaded; nil for one that was found in a library folder. NotFound for an unknown id.
func (s *Store) Provenance(ctx context.Context, id string) (p *lora.Provenance, err error) {
	found, err := querier{pool: s.reader}.one(ctx, `SELECT p.origin, p.detail, p.at FROM adapter a LEFT JOIN provenance p ON p.adapter_key = a.key WHERE a.id = ?`, []any{clean(id)}, func(r *record) error {
		if !r.null() {
			p = &lora.Provenance{Origin: r.text(), Detail: r.text(), At: r.moment()}
		}
		return nil
	})
	if err == nil && !found {
		err = noAdapter()
	}
	return p, s.failed("read where an adapter came from", err)
}
