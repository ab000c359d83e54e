package store

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// exportPart is how many adapters or jobs an export holds at a time.
const exportPart = 500

// Export hands out all of a scope as it was at one moment, one record at a time and in
// this order: library folders, settings, engines, saved searches, presets, workflows,
// preferences, adapters, compositions, jobs, judged sessions, figures. What is named comes
// before what names it. Adapters, jobs and compositions in the trash are left out, adapters
// whose file is missing are not. Records are the caller's. It holds a few hundred records
// at a time; an error of each ends it and is returned as it is.
func (s *Store) Export(ctx context.Context, scope lora.ExportScope, each func(lora.ArchiveRecord) error) error {
	var ended error // of each
	err := s.atOneMoment(ctx, func(q querier) error {
		x := &exporter{querier: q, scope: scope, hand: func(record lora.ArchiveRecord) error {
			if ended = ctx.Err(); ended == nil {
				ended = each(record)
			}
			return ended
		}}
		return x.run(ctx)
	})
	if ended != nil {
		return ended
	}
	return s.failed("export", err)
}

// exporter is one Export at work.
type exporter struct {
	querier
	scope lora.ExportScope
	hand  func(lora.ArchiveRecord) error
}

func (x *exporter) run(ctx context.Context) error {
	for _, part := range []struct {
		wanted bool
		export func(ctx context.Context) error
	}{
		{x.scope.Adapters, x.roots},
		{x.scope.Settings, x.settings},
		{x.scope.Settings, x.engines},
		{x.scope.Compositions, x.searches},
		{x.scope.Compositions, x.presets},
		{x.scope.Compositions, x.workflows},
		{x.scope.Taste, x.preferences},
		{x.scope.Adapters, x.adapters},
		{x.scope.Compositions, x.compositions},
		{x.scope.Jobs, x.jobs},
		{x.scope.Taste, x.sessions},
		{x.scope.Analytics, x.figures},
	} {
		if !part.wanted {
			continue
		}
		if err := part.export(ctx); err != nil {
			return err
		}
	}
	return nil
}

// every hands out one record for each row of a query.
func (x *exporter) every(ctx context.Context, query string, read func(r *record) lora.ArchiveRecord, args ...any) error {
	return x.each(ctx, query, args, func(r *record) error {
		record := read(r)
		if r.err != nil {
			return r.err
		}
		return x.hand(record)
	})
}

// roots are the folders of the library, and removed ones that adapters still name.
func (x *exporter) roots(ctx context.Context) error {
	return x.every(ctx, `SELECT id, path, name, writable, network, last_scan_at, created_at FROM root
		WHERE NOT removed OR id IN (SELECT root_id FROM adapter WHERE file_state <> 'trashed') ORDER BY created_at, id`, func(r *record) lora.ArchiveRecord {
		root := lora.Root{
			ID: r.text(), Path: r.text(), Name: r.text(), State: "unscanned", Writable: r.truth(), Network: r.truth(),
			LastScanAt: r.momentOrNil(), CreatedAt: r.moment(),
		}
		return lora.ArchiveRecord{Root: &root}
	})
}

func (x *exporter) settings(ctx context.Context) error {
	return x.every(ctx, "SELECT name, value FROM setting ORDER BY name", func(r *record) lora.ArchiveRecord {
		return lora.ArchiveRecord{Setting: &lora.ArchivedSetting{Name: r.text(), Value: json.RawMessage(r.text())}}
	})
}

func (x *exporter) engines(ctx context.Context) error {
	return x.every(ctx, "SELECT config FROM engine ORDER BY name", func(r *record) lora.ArchiveRecord {
		var e lora.EngineConfig
		r.decode(&e)
		e.Password = ""
		return lora.ArchiveRecord{Engine: &e}
	})
}

func (x *exporter) searches(ctx context.Context) error {
	return x.every(ctx, `SELECT id, name, q, sort, "order", created_at FROM saved_search ORDER BY created_at, id`, func(r *record) lora.ArchiveRecord {
		search := lora.SavedSearch{ID: r.text(), Name: r.text(), Q: r.text(), Sort: r.text(), Order: r.text(), CreatedAt: r.moment()}
		return lora.ArchiveRecord{Search: &search}
	})
}

func (x *exporter) presets(ctx context.Context) error {
	return x.every(ctx, "SELECT id, name, engine, params, created_at, updated_at FROM preset ORDER BY created_at, id", func(r *record) lora.ArchiveRecord {
		p := lora.Preset{ID: r.text(), Name: r.text(), Engine: r.text()}
		r.decode(&p.Params)
		p.CreatedAt, p.UpdatedAt = r.moment(), r.moment()
		return lora.ArchiveRecord{Preset: &p}
	})
}

func (x *exporter) workflows(ctx context.Context) error {
	return x.every(ctx, "SELECT name, graph, created_at, updated_at FROM workflow ORDER BY created_at, name", func(r *record) lora.ArchiveRecord {
		return lora.ArchiveRecord{Workflow: &lora.Workflow{Name: r.text(), Graph: r.text(), CreatedAt: r.moment(), UpdatedAt: r.moment()}}
	})
}

func (x *exporter) preferences(ctx context.Context) error {
	return x.every(ctx, selectPreference+"ORDER BY created_at, id", func(r *record) lora.ArchiveRecord {
		p := readPreference(r)
		return lora.ArchiveRecord{Preference: &p}
	})
}

// compositions hands out one composition after the other, each with all its versions.
func (x *exporter) compositions(ctx context.Context) error {
	ids, err := x.strings(ctx, "SELECT id FROM composition WHERE deleted_at IS NULL ORDER BY created_at, id")
	if err != nil {
		return err
	}
	for _, id := range ids {
		versions, err := x.querier.compositions(ctx, "WHERE c.id = ? ORDER BY v.version", id)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			continue
		}
		if err := x.hand(lora.ArchiveRecord{Composition: versions}); err != nil {
			return err
		}
	}
	return nil
}
