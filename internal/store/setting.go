package store

import (
	"context"
	"encoding/json"
)

// Settings returns every setting that was ever changed, by name, as JSON.
func (s *Store) Settings(ctx context.Context) (map[string]json.RawMessage, error) {
	settings := make(map[string]json.RawMessage)
	err := querier{pool: s.reader}.each(ctx, "SELECT name, value FROM setting", nil, func(r *record) error {
		settings[r.text()] = json.RawMessage(r.text())
		return nil
	})
	return settings, s.failed("read settings", err)
}

// PatchSettings changes the settings named and returns all.
func (s *Store) PatchSettings(ctx context.Context, patch map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	err := s.transact(ctx, func(q querier) error {
		for name, value := range patch {
			_, err := q.exec(ctx, "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", clean(name), clean(string(value)))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.failed("change settings", err)
	}
	return s.Settings(ctx)
}
