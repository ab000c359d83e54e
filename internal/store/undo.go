package store

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// How long changes can be undone.
const (
	keptUndos = 100
	undoFor   = 24 * time.Hour
)

// undoRecord is what it takes to undo one change: edits that the store takes back
// itself, or the places of files for whoever moved them.
type undoRecord struct {
	Edits  []beforeEdit  `json:"edits,omitempty"`
	Places []beforePlace `json:"places,omitempty"`
	Made   []madeFolder  `json:"made,omitempty"`
	// Marks are those of one account, which alone can undo the change.
	Account int64        `json:"account,omitempty"`
	Marks   []beforeMark `json:"marks,omitempty"`
}

// beforeEdit holds the fields of one adapter as they were.
type beforeEdit struct {
	ID      string                     `json:"id"`
	Fields  map[string]json.RawMessage `json:"fields"`
	Sources map[string]lora.Source     `json:"sources"`
}

// names lists the fields that changed, in a fixed order.
func (b *beforeEdit) names() []string { return slices.Sorted(maps.Keys(b.Fields)) }

// beforePlace is where a file was; paths are bytes, since JSON cannot hold every name.
type beforePlace struct {
	ID         string `json:"id"`
	RootID     string `json:"root_id"`
	RelPath    []byte `json:"rel_path"`
	PreviewRel []byte `json:"preview_rel"`
	TrashRel   []byte `json:"trash_rel"`
}

// madeFolder is a folder that did not exist before.
type madeFolder struct {
	RootID  string `json:"root_id"`
	RelPath []byte `json:"rel_path"`
}

// remember keeps what it takes to undo the change that is being written.
func (c *change) remember(ctx context.Context, action string, r undoRecord) (string, error) {
	id := uuid.NewString()
	_, err := c.exec(ctx, "INSERT INTO undo (id, at, action, before) VALUES (?, ?, ?, ?)", id, c.now.UnixMicro(), action, packJSON(&r))
	if err != nil {
		return "", err
	}
	_, err = c.exec(ctx, "DELETE FROM undo WHERE at < ? OR id NOT IN (SELECT id FROM undo ORDER BY at DESC, id LIMIT ?)",
		c.now.Add(-undoFor).UnixMicro(), int64(keptUndos))
	return id, err
}

// RememberPlaces keeps where files are before an action of the library moves them, and
// returns the id to undo the action with. It comes first, so that there is no moment in
// which files have moved and nothing knows where they were.
func (s *Store) RememberPlaces(ctx context.Context, action string, places []lora.Place) (id string, err error) {
	err = s.write(ctx, "remember places", 0, func(c *change) error {
		id, err = c.remember(ctx, action, undoRecord{Places: beforePlaces(places)})
		return err
	})
	return id, err
}

// SettlePlaces says what the action behind a RememberPlaces did after all: which files
// it moved, and which folders it made. Undo then speaks of those alone; when nothing
// moved there is nothing to undo.
func (s *Store) SettlePlaces(ctx context.Context, undoID, action string, moved []lora.Place, made []lora.Folder) error {
	r := undoRecord{Places: beforePlaces(moved), Made: make([]madeFolder, len(made))}
	for i, f := range made {
		r.Made[i] = madeFolder{RootID: f.RootID, RelPath: []byte(f.RelPath)}
	}
	return s.write(ctx, "settle places", 1, func(c *change) error {
		if len(moved) == 0 {
			_, err := c.exec(ctx, "DELETE FROM undo WHERE id = ?", undoID)
			return err
		}
		if _, err := c.exec(ctx, "UPDATE undo SET before = ? WHERE id = ?", packJSON(&r), undoID); err != nil || len(moved) == 1 {
			return err // what happened to a single adapter is noted under its name
		}
		return c.note(ctx, "bulk", map[string]any{"action": action, "count": len(moved)}, "")
	})
}

func beforePlaces(places []lora.Place) []beforePlace {
	before := make([]beforePlace, len(places))
	for i, p := range places {
		before[i] = beforePlace{
			ID: p.AdapterID, RootID: p.RootID, RelPath: []byte(p.RelPath),
			PreviewRel: []byte(p.PreviewRel), TrashRel: []byte(p.TrashRel),
		}
	}
	return before
}

// Undo takes a change back: fields return to what they were, with their sources;
// adapters deleted meanwhile are left out. NotFound when the change is too old,
// undone already or unknown; Conflict, and nothing is changed, when a name it would
// bring back belongs to another adapter now.
func (s *Store) Undo(ctx context.Context, id string) (undone lora.Undone, err error) {
	return s.UndoFor(ctx, 0, id)
}

// UndoFor is Undo by an account. What changed marks of an account is NotFound to all others.
func (s *Store) UndoFor(ctx context.Context, account int64, id string) (undone lora.Undone, err error) {
	err = s.write(ctx, "undo a change", 1, func(c *change) error {
		var r undoRecord
		found, err := c.one(ctx, "SELECT action, before FROM undo WHERE id = ? AND at >= ?", []any{clean(id), c.now.Add(-undoFor).UnixMicro()}, func(rec *record) error {
			undone.Action = rec.text()
			return unpackJSON(rec.blob(), &r)
		})
		if err != nil {
			return err
		}
		if !found || r.Account != 0 && r.Account != account {
			return lora.Errorf(lora.NotFound, "This change can no longer be undone.")
		}
		if _, err := c.exec(ctx, "DELETE FROM undo WHERE id = ?", id); err != nil {
			return err
		}
		r.tell(&undone)
		if undone.IsOfFile {
			if len(undone.Places) == 1 {
				return nil // it is noted under its name when it moves
			}
			return c.note(ctx, "undone", map[string]any{"action": undone.Action, "count": len(undone.Places)}, "")
		}
		if undone.IDs, err = c.takeBack(ctx, r.Edits); err != nil {
			return err
		}
		own, err := c.takeBackMarks(ctx, r.Account, r.Marks)
		if err != nil {
			return err
		}
		if count := len(undone.IDs); count > 0 || len(r.Marks) == 0 {
			err = c.note(ctx, "undone", map[string]any{"action": undone.Action, "count": count}, "")
		}
		undone.IDs = distinct(append(undone.IDs, own...))
		return err
	})
	if err != nil {
		return lora.Undone{}, err
	}
	return undone, nil
}

// tell hands out what whoever moved files has to move back.
func (r *undoRecord) tell(undone *lora.Undone) {
	undone.IsOfFile = len(r.Places) > 0
	for _, p := range r.Places {
		undone.Places = append(undone.Places, lora.Place{
			AdapterID: p.ID, RootID: p.RootID, RelPath: string(p.RelPath), PreviewRel: string(p.PreviewRel), TrashRel: string(p.TrashRel),
		})
	}
	for _, f := range r.Made {
		undone.Made = append(undone.Made, lora.Folder{RootID: f.RootID, RelPath: string(f.RelPath)})
	}
}

func (c *change) takeBack(ctx context.Context, edits []beforeEdit) ([]string, error) {
	ids := make([]string, 0, len(edits))
	for part := range slices.Chunk(edits, bulkPart) {
		byID := make(map[string]*beforeEdit, len(part))
		partIDs := make([]string, len(part))
		for i := range part {
			partIDs[i], byID[part[i].ID] = part[i].ID, &part[i]
		}
		rows, err := c.rowsOf(ctx, partIDs)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if err := c.takeBackOne(ctx, row, byID[row.ID]); err != nil {
				return nil, err
			}
			ids = append(ids, row.ID)
		}
	}
	return ids, nil
}

func (c *change) takeBackOne(ctx context.Context, row *stored, before *beforeEdit) error {
	for name, value := range before.Fields {
		f := fieldsByName[name]
		if f == nil || f.restore == nil {
			continue // a field that a later version no longer has
		}
		if err := f.restore(&row.Adapter, value); err != nil {
			return err
		}
		if source := before.Sources[name]; source != "" {
			row.Sources[name] = source
		} else {
			delete(row.Sources, name)
		}
	}
	row.lineage = lineage(&row.Adapter)
	if before.Fields["name"] != nil || before.Fields["version"] != nil {
		if err := c.nameIsFree(ctx, row); err != nil {
			return err
		}
	}
	if len(before.Fields) > 1 { // only edits of one field come in thousands
		return c.update(ctx, row)
	}
	return c.updateFields(ctx, row, before.names())
}
