package store

import (
	"context"

	"loramanager/internal/lora"
)

// keptActivities is about how many activities are remembered.
const keptActivities = 1000

// note remembers what a change did. The transaction must have asked for a key.
func (c *change) note(ctx context.Context, textKey string, params map[string]any, adapterID string) error {
	key := c.key()
	_, err := c.exec(ctx, "INSERT INTO activity (key, at, text_key, params, adapter_id) VALUES (?, ?, ?, ?, ?)",
		key, c.now.UnixMicro(), textKey, jsonText(params), nilIfEmpty(adapterID))
	if err != nil || key%64 != 0 { // now and then is enough
		return err
	}
	_, err = c.exec(ctx, "DELETE FROM activity WHERE key NOT IN (SELECT key FROM activity ORDER BY key DESC LIMIT ?)", int64(keptActivities))
	return err
}

// Activities lists the latest changes of the library, latest first.
func (s *Store) Activities(ctx context.Context, limit int) ([]lora.Activity, error) {
	list := []lora.Activity{}
	err := querier{pool: s.reader}.each(ctx, "SELECT at, text_key, params, adapter_id FROM activity ORDER BY key DESC LIMIT ?", []any{int64(limit)}, func(r *record) error {
		a := lora.Activity{At: r.moment(), TextKey: r.text()}
		r.decode(&a.Params)
		if !r.null() {
			id := r.text()
			a.AdapterID = &id
		}
		list = append(list, a)
		return nil
	})
	return list, s.failed("list activities", err)
}
