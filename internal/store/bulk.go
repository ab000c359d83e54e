package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// bulkPart is how many rows a bulk edit holds at a time.
const bulkPart = 1000

// Bulk edits many adapters in one transaction: all that are not skipped, or none.
// Unknown ids are skipped too, repeated ones count once. Favourites and ratings are those
// of the edit's account, and not noted for others.
func (s *Store) Bulk(ctx context.Context, action string, ids []string, edit lora.BulkEdit) (lora.BulkResult, error) {
	shared, own, err := splitOwn(edit.Account, edit.Set)
	b := bulk{edit: edit, shared: shared, own: own}
	b.result.IDs, b.result.Skipped = []string{}, []lora.Skipped{}
	if len(edit.Set) == 0 && len(edit.AddTags) == 0 && len(edit.RemoveTags) == 0 {
		return b.result, lora.Errorf(lora.Invalid, "No valid fields provided for update")
	}
	if err != nil {
		return b.result, err
	}
	ids = distinct(ids)
	err = s.write(ctx, "edit many adapters", 1, func(c *change) error {
		if !b.own.isEmpty() {
			if err := c.holdOwner(ctx, edit.Account); err != nil {
				return err
			}
		}
		for part := range slices.Chunk(ids, bulkPart) {
			rows, err := c.rowsOf(ctx, part)
			if err != nil {
				return err
			}
			if err := b.readMarks(ctx, c, part); err != nil {
				return err
			}
			known := make(map[string]bool, len(rows))
			for _, row := range rows {
				known[row.ID] = true
				if err := b.apply(ctx, c, row); err != nil {
					return err
				}
			}
			for _, id := range part {
				if !known[id] {
					b.result.Skipped = append(b.result.Skipped, lora.Skipped{ID: id, Reason: lora.NoSuchAdapter})
				}
			}
		}
		r := undoRecord{Edits: b.before, Marks: b.beforeMarks}
		if len(r.Marks) > 0 {
			r.Account = edit.Account
		} else if len(r.Edits) == 0 {
			return nil
		}
		var err error
		if b.result.UndoID, err = c.remember(ctx, action, r); err != nil || len(r.Edits) == 0 {
			return err
		}
		return c.note(ctx, "bulk", map[string]any{"action": action, "count": len(b.before)}, "")
	})
	if err != nil {
		return lora.BulkResult{}, err
	}
	return b.result, nil
}

func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}

// bulk is one bulk edit at work.
type bulk struct {
	edit        lora.BulkEdit
	shared      map[string]json.RawMessage // what it sets of the library
	own         mark                       // and of the account
	marks       map[string]mark            // of the account, of the part that is edited
	before      []beforeEdit
	beforeMarks []beforeMark
	result      lora.BulkResult
}

// readMarks reads the account's marks of a part, where the edit changes them.
func (b *bulk) readMarks(ctx context.Context, c *change, ids []string) (err error) {
	if !b.own.isEmpty() {
		b.marks, err = c.marks(ctx, b.edit.Account, ids)
	}
	return err
}

func (b *bulk) apply(ctx context.Context, c *change, row *stored) error {
	if row.FileState == lora.FileTrashed {
		b.result.Skipped = append(b.result.Skipped, lora.Skipped{ID: row.ID, Reason: "It is in the trash."})
		return nil
	}
	patch := b.shared
	if tags, ok := b.tags(row.Tags); ok {
		value, err := json.Marshal(tags)
		if err != nil {
			return err
		}
		patch = maps.Clone(patch)
		if patch == nil {
			patch = make(map[string]json.RawMessage, 1)
		}
		patch["tags"] = value
	}
	b.result.IDs = append(b.result.IDs, row.ID)
	if !b.own.isEmpty() {
		before, err := c.setMark(ctx, b.edit.Account, row, b.marks[row.ID], b.own)
		if err != nil {
			return err
		}
		if before.isChange() {
			b.beforeMarks = append(b.beforeMarks, before)
		}
	}
	if len(patch) == 0 {
		return nil
	}
	before, err := c.apply(ctx, row, patch)
	if err != nil || len(before.Fields) == 0 {
		return err
	}
	if err := c.updateFields(ctx, row, before.names()); err != nil {
		return err
	}
	b.before = append(b.before, before)
	return nil
}

// tags returns the tags after the edit and whether they differ.
func (b *bulk) tags(tags []string) ([]string, bool) {
	if len(b.edit.AddTags) == 0 && len(b.edit.RemoveTags) == 0 {
		return nil, false
	}
	edited := make([]string, 0, len(tags)+len(b.edit.AddTags))
	for _, t := range tags {
		if !slices.ContainsFunc(b.edit.RemoveTags, func(r string) bool { return strings.EqualFold(strings.TrimSpace(r), t) }) {
			edited = append(edited, t)
		}
	}
	for _, t := range b.edit.AddTags {
		if !slices.ContainsFunc(edited, func(e string) bool { return strings.EqualFold(e, strings.TrimSpace(t)) }) {
			edited = append(edited, t)
		}
	}
	return edited, !slices.Equal(tags, edited)
}

// updateFields writes only some fields of a row, which for a bulk edit is most of
// the time saved. The names come from the table of fields.
func (c *change) updateFields(ctx context.Context, row *stored, names []string) error {
	row.change = c.n
	var b strings.Builder
	b.WriteString("UPDATE adapter SET change = ?, updated_at = ?, sources = ?, lineage = ?")
	args := []any{c.n, c.now.UnixMicro(), sourcesText(row.Sources), row.lineage}
	for _, name := range names {
		for _, column := range columnsOf(name) {
			b.WriteString(", ")
			b.WriteString(column.name)
			b.WriteString(" = ?")
			args = append(args, column.arg(row))
		}
	}
	b.WriteString(" WHERE key = ?")
	_, err := c.exec(ctx, b.String(), append(args, row.key)...)
	return err
}

// columnsOf returns the columns a field is stored in.
func columnsOf(field string) []column {
	names := []string{field}
	if field == "base_model" {
		names = []string{"base_model", "base_variant", "base_confidence"}
	}
	list := make([]column, 0, len(names))
	for _, c := range columns {
		if slices.Contains(names, c.name) {
			list = append(list, c)
		}
	}
	return list
}
