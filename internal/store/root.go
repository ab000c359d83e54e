package store

import (
	"context"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// displayed makes a path safe to show and to store as text.
func displayed(path string) string { return guard.DisplayName(path) }

// Roots lists the library folders, oldest first. The state is unscanned or online;
// only who looks at the disk knows of offline.
func (s *Store) Roots(ctx context.Context) ([]lora.Root, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	counts := x.CountRoots()
	roots := []lora.Root{}
	err = querier{pool: s.reader}.each(ctx, "SELECT id, path, name, writable, network, last_scan_at, created_at FROM root WHERE NOT removed ORDER BY created_at, id", nil, func(r *record) error {
		root := lora.Root{
			ID: r.text(), Path: r.text(), Name: r.text(), State: "unscanned", Writable: r.truth(), Network: r.truth(),
			LastScanAt: r.momentOrNil(), CreatedAt: r.moment(),
		}
		if root.LastScanAt != nil {
			root.State = "online"
		}
		c := counts[root.ID]
		root.Adapters, root.Missing, root.SizeBytes = c.Adapters, c.Missing, int(c.SizeBytes)
		roots = append(roots, root)
		return nil
	})
	return roots, s.failed("list library folders", err)
}

// AddRoot adds a library folder. A folder that was removed earlier gets its adapters
// back; Conflict when it is there already.
func (s *Store) AddRoot(ctx context.Context, root lora.Root) error {
	return s.write(ctx, "add a library folder", 1, func(c *change) error {
		path := []byte(root.Path)
		taken, err := c.number(ctx, "SELECT COUNT(*) FROM root WHERE path = ? AND NOT removed", path)
		if err != nil {
			return err
		}
		if taken > 0 {
			return lora.FieldErrorf(lora.Conflict, "path", "This folder is in the library already.")
		}
		_, err = c.exec(ctx, `UPDATE adapter SET root_id = ?, change = ? WHERE root_id IN (SELECT id FROM root WHERE path = ? AND removed)`,
			root.ID, c.n, path)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, "DELETE FROM root WHERE path = ? AND removed", path); err != nil {
			return err
		}
		_, err = c.exec(ctx, "INSERT INTO root (id, path, name, writable, network, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			root.ID, path, clean(root.Name), root.Writable, root.Network, c.now.UnixMicro())
		if err != nil {
			return err
		}
		return c.note(ctx, "root_added", map[string]any{"name": root.Name}, "")
	})
}

// RenameRoot changes the display name; NotFound for an unknown id.
func (s *Store) RenameRoot(ctx context.Context, id, name string) error {
	return s.write(ctx, "rename a library folder", 0, func(c *change) error {
		n, err := c.exec(ctx, "UPDATE root SET name = ? WHERE id = ? AND NOT removed", clean(name), clean(id))
		return orNoRoot(n, err)
	})
}

func orNoRoot(changed int, err error) error {
	if err == nil && changed == 0 {
		err = lora.Errorf(lora.NotFound, "There is no such library folder.")
	}
	return err
}

// RemoveRoot forgets a library folder and returns how many adapters that concerned.
// They stay as missing, or are deleted when purge is set. Files are not touched.
func (s *Store) RemoveRoot(ctx context.Context, id string, purge bool) (adapters int, err error) {
	err = s.write(ctx, "remove a library folder", 1, func(c *change) error {
		n, err := c.exec(ctx, "UPDATE root SET removed = TRUE WHERE id = ? AND NOT removed", clean(id))
		if err := orNoRoot(n, err); err != nil {
			return err
		}
		if purge {
			ids, err := c.strings(ctx, "SELECT id FROM adapter WHERE root_id = ?", id)
			if err != nil {
				return err
			}
			if adapters, err = c.remove(ctx, ids); err != nil {
				return err
			}
			if _, err := c.exec(ctx, "DELETE FROM root WHERE id = ?", id); err != nil {
				return err
			}
		} else {
			adapters, err = c.exec(ctx, "UPDATE adapter SET file_state = 'missing', change = ? WHERE root_id = ? AND file_state <> 'trashed'", c.n, id)
			if err != nil {
				return err
			}
		}
		return c.note(ctx, "root_removed", map[string]any{"count": adapters}, "")
	})
	return adapters, err
}

// SetRootScanned records when a folder was last scanned to the end.
func (s *Store) SetRootScanned(ctx context.Context, id string, at time.Time) error {
	return s.write(ctx, "record a scan", 0, func(c *change) error {
		n, err := c.exec(ctx, "UPDATE root SET last_scan_at = ? WHERE id = ? AND NOT removed", at.UnixMicro(), clean(id))
		return orNoRoot(n, err)
	})
}

// rootPath answers NotFound for a folder that is not in the library.
func (c *change) rootPath(ctx context.Context, id string) (path string, err error) {
	found, err := c.one(ctx, "SELECT path FROM root WHERE id = ? AND NOT removed", []any{clean(id)}, func(r *record) error {
		path = r.text()
		return nil
	})
	if err == nil && !found {
		err = orNoRoot(0, nil)
	}
	return path, err
}
