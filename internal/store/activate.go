package store

import (
	"context"
	"encoding/json"
	"slices"

	"loramanager/internal/lora"
)

// ActivateComposition makes the adapters of entries that are enabled the active ones:
// they get their weights and their order, all others become inactive. It is one change,
// which undoID takes back; undoID is empty when nothing changed. Unknown adapters are
// skipped. activated and deactivated count the adapters whose switch was turned.
func (s *Store) ActivateComposition(ctx context.Context, entries []lora.Composed) (undoID string, activated, deactivated int, err error) {
	wanted, order := make(map[string]*lora.Composed, len(entries)), make(map[string]int, len(entries))
	ids := make([]string, 0, len(entries))
	for i := range entries {
		if e := &entries[i]; e.Enabled && e.AdapterID != "" && wanted[e.AdapterID] == nil {
			wanted[e.AdapterID], order[e.AdapterID] = e, len(ids)
			ids = append(ids, e.AdapterID)
		}
	}
	err = s.write(ctx, "activate a composition", 1, func(c *change) error {
		undoID, activated, deactivated = "", 0, 0
		active, err := c.strings(ctx, "SELECT id FROM adapter WHERE active AND file_state <> 'trashed'")
		if err != nil {
			return err
		}
		before := []beforeEdit{}
		for part := range slices.Chunk(distinct(slices.Concat(ids, active)), bulkPart) {
			rows, err := c.rowsOf(ctx, part)
			if err != nil {
				return err
			}
			for _, row := range rows {
				if row.FileState == lora.FileTrashed {
					continue
				}
				was := row.Active
				b, err := c.activate(ctx, row, wanted[row.ID], order[row.ID])
				if err != nil {
					return err
				}
				if len(b.Fields) > 0 {
					before = append(before, b)
				}
				if row.Active && !was {
					activated++
				} else if was && !row.Active {
					deactivated++
				}
			}
		}
		if len(before) == 0 {
			return nil
		}
		if undoID, err = c.remember(ctx, "compose", undoRecord{Edits: before}); err != nil {
			return err
		}
		return c.note(ctx, "bulk", map[string]any{"action": "compose", "count": len(before)}, "")
	})
	if err != nil {
		return "", 0, 0, err
	}
	return undoID, activated, deactivated, nil
}

// activate turns one adapter on as an entry says, or off without one.
func (c *change) activate(ctx context.Context, row *stored, entry *lora.Composed, place int) (beforeEdit, error) {
	patch := map[string]json.RawMessage{"active": json.RawMessage("false")}
	if entry != nil {
		weight, err := json.Marshal(entry.Weight)
		if err != nil {
			return beforeEdit{}, lora.FieldErrorf(lora.Invalid, "weight", "The weight of %s is not a number.", entry.Name)
		}
		ordinal, err := json.Marshal(place)
		if err != nil {
			return beforeEdit{}, err
		}
		patch = map[string]json.RawMessage{"active": json.RawMessage("true"), "weight": weight, "ordinal": ordinal}
	}
	before, err := c.apply(ctx, row, patch)
	if err != nil || len(before.Fields) == 0 {
		return before, err
	}
	return before, c.updateFields(ctx, row, before.names())
}
