package store

import (
	"context"

	"loramanager/internal/lora"
)

// Report returns what the last scan found out about a file; NotFound for an unknown
// id, nil for a file that could not be read.
func (s *Store) Report(ctx context.Context, id string) (*lora.Report, error) {
	report, err := querier{pool: s.reader}.report(ctx, id)
	return report, s.failed("read a report", err)
}

func (q querier) report(ctx context.Context, id string) (report *lora.Report, err error) {
	found, err := q.one(ctx, "SELECT i.report FROM adapter a LEFT JOIN inspection i ON i.adapter_key = a.key WHERE a.id = ?", []any{clean(id)}, func(r *record) error {
		if r.null() {
			return nil
		}
		report = new(lora.Report)
		return unpackJSON(r.blob(), report)
	})
	if err == nil && !found {
		err = noAdapter()
	}
	return report, err
}
