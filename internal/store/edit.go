package store

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

const nameTaken = "adapter with this name and version already exists"

// Patch applies an edit by the user: fields by their wire name, each a JSON value. It
// returns the adapter as it is then and an id to undo the edit with, empty when
// nothing changed. NotFound for an unknown id, Invalid for unknown fields, wrong
// values and an empty patch, Conflict when name and version are taken.
func (s *Store) Patch(ctx context.Context, id string, patch map[string]json.RawMessage) (lora.Adapter, string, error) {
	return s.PatchFor(ctx, 0, id, patch)
}

// PatchFor is Patch by an account, whose favourite and rating are its own and not noted
// for others; the adapter is as the account sees it. Account 0 changes the library's.
func (s *Store) PatchFor(ctx context.Context, account int64, id string, patch map[string]json.RawMessage) (lora.Adapter, string, error) {
	shared, own, err := splitOwn(account, patch)
	if err != nil {
		return lora.Adapter{}, "", err
	}
	undoID := ""
	err = s.write(ctx, "edit an adapter", 1, func(c *change) error {
		row, err := c.row(ctx, id)
		if err != nil {
			return err
		}
		r := undoRecord{}
		if len(shared) > 0 || own.isEmpty() {
			if err := c.edit(ctx, row, shared, &r); err != nil {
				return err
			}
		}
		if !own.isEmpty() {
			if err := c.editOwn(ctx, account, row, own, &r); err != nil {
				return err
			}
		}
		if len(r.Edits) == 0 && len(r.Marks) == 0 {
			return nil
		}
		undoID, err = c.remember(ctx, "edit", r)
		return err
	})
	if err != nil {
		return lora.Adapter{}, "", err
	}
	adapters := make([]lora.Adapter, 1)
	if adapters[0], err = s.Adapter(ctx, id); err == nil {
		err = s.ShowMarks(ctx, account, adapters)
	}
	return adapters[0], undoID, err
}

// edit applies a patch to an adapter and notes what it was.
func (c *change) edit(ctx context.Context, row *stored, patch map[string]json.RawMessage, r *undoRecord) error {
	before, err := c.apply(ctx, row, patch)
	if err != nil || len(before.Fields) == 0 {
		return err
	}
	if err := c.nameIsFree(ctx, row); err != nil {
		return err
	}
	if err := c.update(ctx, row); err != nil {
		return err
	}
	r.Edits = []beforeEdit{before}
	return c.note(ctx, "edited", map[string]any{"name": row.Name, "fields": before.names()}, row.ID)
}

// editOwn sets an account's mark and notes what it was.
func (c *change) editOwn(ctx context.Context, account int64, row *stored, own mark, r *undoRecord) error {
	if err := c.holdOwner(ctx, account); err != nil {
		return err
	}
	marks, err := c.marks(ctx, account, []string{row.ID})
	if err != nil {
		return err
	}
	before, err := c.setMark(ctx, account, row, marks[row.ID], own)
	if err == nil && before.isChange() {
		r.Account, r.Marks = account, []beforeMark{before}
	}
	return err
}

// apply sets the fields of a patch in a row and returns what they were.
func (c *change) apply(ctx context.Context, row *stored, patch map[string]json.RawMessage) (beforeEdit, error) {
	before := beforeEdit{ID: row.ID, Fields: map[string]json.RawMessage{}, Sources: map[string]lora.Source{}}
	if len(patch) == 0 {
		return before, lora.Errorf(lora.Invalid, "No valid fields provided for update")
	}
	for name, value := range patch {
		f := fieldsByName[name]
		if f == nil || !f.editable {
			return before, lora.FieldErrorf(lora.Invalid, name, "Field '%s' cannot be edited", name)
		}
		was, err := json.Marshal(f.value(&row.Adapter))
		if err != nil {
			return before, err
		}
		source, err := c.set(ctx, row, f, value)
		if err != nil {
			return before, err
		}
		is, err := json.Marshal(f.value(&row.Adapter))
		if err != nil {
			return before, err
		}
		if !bytes.Equal(was, is) {
			before.Fields[name], before.Sources[name] = was, row.Sources[name]
		}
		row.Sources[name] = source // also of what the user set to what it was
	}
	if err := checkRange(&row.Adapter, patch); err != nil {
		return before, err
	}
	row.UpdatedAt = c.now
	if patch["name"] != nil || patch["source_url"] != nil {
		row.lineage = lineage(&row.Adapter)
	}
	return before, nil
}

// set writes one field and says where its value now comes from. null takes a user's
// rating and base model back; the latter is then again what the file says.
func (c *change) set(ctx context.Context, row *stored, f *field, value json.RawMessage) (lora.Source, error) {
	if string(value) != "null" {
		return lora.FromUser, f.set(&row.Adapter, value)
	}
	switch f.name {
	case "rating":
		row.Rating = 0
		return lora.FromUser, nil
	case "base_model":
		report, err := c.report(ctx, row.ID)
		row.BaseModel, row.BaseVariant, row.BaseConfidence = lora.UnknownBase, "", 0
		if report != nil && report.Base.ID != "" {
			row.BaseModel, row.BaseVariant, row.BaseConfidence = report.Base.ID, report.Base.Variant, report.Base.Confidence
		}
		return lora.FromFile, err
	}
	return lora.FromUser, f.set(&row.Adapter, value)
}

func (c *change) nameIsFree(ctx context.Context, row *stored) error {
	if row.FileState == lora.FileTrashed {
		return nil
	}
	wanted := nameOf(row)
	n, err := c.number(ctx, "SELECT COUNT(*) FROM adapter WHERE name = ? AND COALESCE(version, '') = ? AND file_state <> 'trashed' AND key <> ?",
		wanted.name, wanted.version, row.key)
	if err == nil && n > 0 {
		err = lora.FieldErrorf(lora.Conflict, "name", nameTaken)
	}
	return err
}

// CreateAdapter adds an adapter for a file by hand. A file that a scan has listed
// already is adopted: its record takes the fields given. Conflict when name and
// version are taken, also by an earlier CreateAdapter for the same file.
func (s *Store) CreateAdapter(ctx context.Context, n lora.NewAdapter) (lora.Adapter, error) {
	id := ""
	err := s.write(ctx, "create an adapter", 2, func(c *change) error {
		root, err := c.rootPath(ctx, n.RootID)
		if err != nil {
			return err
		}
		row, fresh, err := c.rowFor(ctx, n, root)
		if err != nil {
			return err
		}
		wanted := stored{Adapter: n.Given}
		if !fresh && row.Sources["name"] == lora.FromUser && nameOf(row) == nameOf(&wanted) {
			return lora.FieldErrorf(lora.Conflict, "name", nameTaken)
		}
		c.give(row, n)
		if err := c.nameIsFree(ctx, row); err != nil {
			return err
		}
		id, row.change = row.ID, c.n
		if !fresh {
			err = c.update(ctx, row)
		} else {
			_, err = c.exec(ctx, insertStatements(1), row.appendArgs(nil)...)
		}
		if err != nil {
			return err
		}
		return c.note(ctx, "added", map[string]any{"name": row.Name}, id)
	})
	if err != nil {
		return lora.Adapter{}, err
	}
	return s.Adapter(ctx, id)
}

// rowFor returns the row at the new adapter's place, or a fresh one.
func (c *change) rowFor(ctx context.Context, n lora.NewAdapter, root string) (row *stored, fresh bool, err error) {
	found, err := c.one(ctx, selectAdapter+"WHERE root_id = ? AND rel_path = ? AND file_state <> 'trashed'", []any{n.RootID, []byte(n.RelPath)}, func(r *record) error {
		row = readStored(r)
		return nil
	})
	if found || err != nil {
		return row, false, err
	}
	row = &stored{key: c.key(), health: lora.FileOK, relPath: n.RelPath, digestState: digestPending}
	row.mtimeNS, row.dev, row.inode = n.Stamp.MtimeNS, n.Stamp.Dev, n.Stamp.Inode
	row.ID, row.RootID, row.FileSize, row.CreatedAt = uuid.NewString(), n.RootID, int(n.Stamp.Size), c.now
	row.Folder, row.FileName = splitRel(n.RelPath)
	row.FilePath = displayed(root + "/" + n.RelPath)
	row.Kind = "unknown"
	row.Sources = make(map[string]lora.Source)
	return row, true, nil
}

// give copies the fields a user has given.
func (c *change) give(row *stored, n lora.NewAdapter) {
	for i := range fields {
		if f := &fields[i]; slices.Contains(n.Fields, f.name) {
			f.take(&row.Adapter, &n.Given)
			row.Sources[f.name] = lora.FromUser
		}
	}
	withDefaults(&row.Adapter)
	if n.Given.JSONFilePath != nil {
		row.JSONFilePath, row.JSONFileMtime, row.JSONFileSize = n.Given.JSONFilePath, n.Given.JSONFileMtime, n.Given.JSONFileSize
	}
	if n.Given.LastIngestedAt != nil {
		row.LastIngestedAt = n.Given.LastIngestedAt
	}
	row.UpdatedAt = c.now
	row.lineage = lineage(&row.Adapter)
}
