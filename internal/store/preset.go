package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// Bounds of what can be kept.
const (
	maxPresets   = 500
	maxWorkflows = 200
)

// Presets lists the presets by name.
func (s *Store) Presets(ctx context.Context) ([]lora.Preset, error) {
	list := []lora.Preset{}
	err := querier{pool: s.reader}.each(ctx, "SELECT id, name, engine, params, created_at, updated_at FROM preset ORDER BY LOWER(name), id", nil, func(r *record) error {
		p := lora.Preset{ID: r.text(), Name: r.text(), Engine: r.text()}
		r.decode(&p.Params)
		p.CreatedAt, p.UpdatedAt = r.moment(), r.moment()
		list = append(list, p)
		return nil
	})
	return list, s.failed("list presets", err)
}

// AddPreset keeps a preset and returns it with its id. TooLarge when there are too many.
func (s *Store) AddPreset(ctx context.Context, p lora.Preset) (lora.Preset, error) {
	p.ID, p.CreatedAt = uuid.NewString(), s.momentNow()
	p.UpdatedAt = p.CreatedAt
	params, err := json.Marshal(p.Params)
	if err != nil {
		return p, s.failed("keep a preset", err)
	}
	err = s.briefly(ctx, "keep a preset", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM preset")
		if err == nil && n >= maxPresets {
			err = lora.Errorf(lora.TooLarge, "There are %d presets already. Delete some first.", n)
		}
		if err == nil {
			_, err = q.exec(ctx, "INSERT INTO preset (id, name, engine, params, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
				p.ID, clean(p.Name), clean(p.Engine), clean(string(params)), p.CreatedAt.UnixMicro(), p.UpdatedAt.UnixMicro())
		}
		return err
	})
	return p, err
}

// ReplacePreset changes a preset; NotFound for an unknown id.
func (s *Store) ReplacePreset(ctx context.Context, p lora.Preset) (lora.Preset, error) {
	p.UpdatedAt = s.momentNow()
	params, err := json.Marshal(p.Params)
	if err != nil {
		return p, s.failed("change a preset", err)
	}
	err = s.briefly(ctx, "change a preset", func(ctx context.Context, q querier) error {
		found, err := q.one(ctx, "UPDATE preset SET name = ?, engine = ?, params = ?, updated_at = ? WHERE id = ? RETURNING created_at",
			[]any{clean(p.Name), clean(p.Engine), clean(string(params)), p.UpdatedAt.UnixMicro(), clean(p.ID)}, func(r *record) error {
				p.CreatedAt = r.moment()
				return nil
			})
		if err == nil && !found {
			err = noPreset()
		}
		return err
	})
	return p, err
}

// DeletePreset forgets a preset; NotFound for an unknown id.
func (s *Store) DeletePreset(ctx context.Context, id string) error {
	return s.briefly(ctx, "delete a preset", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM preset WHERE id = ?", clean(id))
		if err == nil && n == 0 {
			err = noPreset()
		}
		return err
	})
}

func noPreset() error { return lora.Errorf(lora.NotFound, "There is no such preset.") }

// Workflows lists the workflows by name.
func (s *Store) Workflows(ctx context.Context) ([]lora.Workflow, error) {
	list := []lora.Workflow{}
	err := querier{pool: s.reader}.each(ctx, "SELECT name, graph, created_at, updated_at FROM workflow ORDER BY LOWER(name), name", nil, func(r *record) error {
		list = append(list, lora.Workflow{Name: r.text(), Graph: r.text(), CreatedAt: r.moment(), UpdatedAt: r.moment()})
		return nil
	})
	return list, s.failed("list workflows", err)
}

// PutWorkflow keeps a workflow under its name, instead of the one that has it. TooLarge
// when there are too many.
func (s *Store) PutWorkflow(ctx context.Context, w lora.Workflow) (lora.Workflow, error) {
	w.UpdatedAt = s.momentNow()
	err := s.briefly(ctx, "keep a workflow", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM workflow WHERE name <> ?", clean(w.Name))
		if err == nil && n >= maxWorkflows {
			err = lora.Errorf(lora.TooLarge, "There are %d workflows already. Delete some first.", n)
		}
		if err != nil {
			return err
		}
		_, err = q.one(ctx, `INSERT INTO workflow (name, graph, created_at, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET graph = excluded.graph, updated_at = excluded.updated_at RETURNING created_at`,
			[]any{clean(w.Name), clean(w.Graph), w.UpdatedAt.UnixMicro(), w.UpdatedAt.UnixMicro()}, func(r *record) error {
				w.CreatedAt = r.moment()
				return nil
			})
		return err
	})
	return w, err
}

// DeleteWorkflow forgets a workflow; NotFound for an unknown name.
func (s *Store) DeleteWorkflow(ctx context.Context, name string) error {
	return s.briefly(ctx, "delete a workflow", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM workflow WHERE name = ?", clean(name))
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "There is no workflow called %q.", name)
		}
		return err
	})
}
