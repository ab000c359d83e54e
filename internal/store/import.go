package store

import (
	"context"
	"errors"
	"io"

	"loramanager/internal/lora"
)

// Bounds of what an import holds in memory at a time, beside the ids of its adapters.
const (
	importPart      = 200
	importPartBytes = 8 << 20
)

// ApplyImport makes an import in one transaction, as next hands out its steps until it
// returns io.EOF: all of it or, with any error, nothing. An error of next ends it and is
// returned as it is; next must not wait for anything slow, since nobody else can write
// meanwhile, nor use the store. What is committed survives a power cut, with the journal
// of files that are still to be placed (Journals).
//
// Invalid names the adapter and the field that cannot be kept; Conflict says that a name,
// a place or an adapter was taken or changed since the steps were decided. Figures of
// jobs follow from the jobs and are not taken from the import, nor are library folders.
func (s *Store) ApplyImport(ctx context.Context, run lora.ImportRun, next func() (lora.ImportStep, error)) (counts lora.ImportCounts, err error) {
	var ended error // of next
	err = s.durableChange(ctx, func(c *change) error {
		i, err := newImporter(ctx, s, c, run)
		if err != nil {
			return err
		}
		for {
			step, err := next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				ended = err
				return err
			}
			if err := i.take(ctx, &step); err != nil {
				return err
			}
		}
		if err := i.finish(ctx); err != nil {
			return err
		}
		counts = i.counts
		return nil
	})
	switch {
	case ended != nil:
		return lora.ImportCounts{}, ended
	case err != nil:
		return lora.ImportCounts{}, s.failed("import", err)
	}
	return counts, nil
}

// durableChange runs f as one change of the catalog that lasts: a power cut does not take
// it back.
func (s *Store) durableChange(ctx context.Context, f func(c *change) error) error {
	if s.dialect.oneWriter { // elsewhere the catalog's number is all that others wait for
		defer s.writing.forLibrary()()
		defer s.checks.soon()
	}
	return s.inTransaction(ctx, s.durable, func(q querier) error {
		c, err := s.newChange(ctx, q, 0)
		if err != nil {
			return err
		}
		return f(c)
	})
}

// importer is one ApplyImport at work.
type importer struct {
	*change
	store  *Store
	run    lora.ImportRun
	counts lora.ImportCounts

	roots        map[string]string // library folders: their paths by id
	rootsByPath  map[string]string
	seen         map[string]bool   // adapters of the import by their ids there
	created      map[string]bool   // those that are new, by their ids here
	updated      map[string]bool   // those that were changed, likewise
	places       map[place]int64   // of the batch that waits, by key
	ids          map[string]string // from the import to the catalog, where they differ
	compositions map[string]string // likewise
	adapters     []importedAdapter // not written yet
	jobs         []importedJob     // likewise
	held         bytesHeld
	journal      *journalWriter
	lastJobKey   int64
	named        bool // what names adapters has begun
	historyHeld  bool
	tastes       bool // preferences have changed
	pictures     pictures
}

// bytesHeld is about how many bytes wait to be written.
type bytesHeld int

func newImporter(ctx context.Context, s *Store, c *change, run lora.ImportRun) (*importer, error) {
	i := &importer{
		change: c, store: s, run: run, journal: newJournalWriter(),
		roots: make(map[string]string), rootsByPath: make(map[string]string), seen: make(map[string]bool),
		created: make(map[string]bool), updated: make(map[string]bool), places: make(map[place]int64), ids: make(map[string]string), compositions: make(map[string]string),
	}
	err := c.each(ctx, "SELECT id, path FROM root WHERE NOT removed ORDER BY created_at, id", nil, func(r *record) error {
		id, path := r.text(), r.text()
		i.roots[id], i.rootsByPath[path] = path, id
		return nil
	})
	return i, err
}

// take brings one step in, or keeps it for the next batch.
func (i *importer) take(ctx context.Context, step *lora.ImportStep) error {
	for n := range step.Files {
		if err := i.journal.add(&step.Files[n]); err != nil {
			return err
		}
	}
	r := &step.Record
	switch {
	case r.Adapter != nil:
		return i.takeAdapter(ctx, step)
	case r.Job != nil:
		if err := i.name(ctx); err != nil {
			return err
		}
		return i.takeJob(ctx, step)
	case r.Composition != nil:
		if err := i.name(ctx); err != nil {
			return err
		}
		return i.takeComposition(ctx, r.Composition)
	case r.Session != nil:
		if err := i.name(ctx); err != nil {
			return err
		}
		return i.takeSession(ctx, r.Session)
	case r.Preset != nil:
		return i.takePreset(ctx, *r.Preset)
	case r.Workflow != nil:
		return i.takeWorkflow(ctx, *r.Workflow)
	case r.Search != nil:
		return i.takeSearch(ctx, *r.Search)
	case r.Engine != nil:
		return i.takeEngine(ctx, *r.Engine)
	case r.Setting != nil:
		return i.takeSetting(ctx, r.Setting)
	case r.Preference != nil:
		return i.takePreference(ctx, r.Preference)
	}
	return nil // a library folder, figures, or what a later version archives
}

// name begins what names adapters: from here on their ids in the catalog are known.
func (i *importer) name(ctx context.Context) error {
	if i.named {
		return nil
	}
	i.named = true
	return i.writeAdapters(ctx)
}

// finish writes what waits, and then what all imports of a kind share: one row each,
// taken last, as all transactions do.
func (i *importer) finish(ctx context.Context) error {
	if err := i.writeAdapters(ctx); err != nil {
		return err
	}
	if err := i.writeJobs(ctx); err != nil {
		return err
	}
	if err := i.checkRoom(ctx); err != nil {
		return err
	}
	if err := i.countPictures(ctx, i.pictures); err != nil {
		return err
	}
	if i.tastes {
		if err := i.tasteChanged(ctx); err != nil {
			return err
		}
	}
	if n := i.counts.Create + i.counts.Update; n > 0 {
		if err := i.reserveKeys(ctx, 1); err != nil {
			return err
		}
		if err := i.note(ctx, "imported", map[string]any{"count": n, "source": clean(i.run.Source)}, ""); err != nil {
			return err
		}
	}
	return i.writeJournal(ctx)
}

// full reports whether a batch of n is to be written.
func (i *importer) full(n int) bool { return n >= importPart || i.held >= importPartBytes }

// checkRoom refuses an import after which there were more things than can be kept.
func (i *importer) checkRoom(ctx context.Context) error {
	for _, kept := range []struct {
		query, what string
		most        int64
	}{
		{"SELECT COUNT(*) FROM composition WHERE deleted_at IS NULL", "compositions", maxCompositions},
		{"SELECT COUNT(*) FROM preset", "presets", maxPresets},
		{"SELECT COUNT(*) FROM workflow", "workflows", maxWorkflows},
		{"SELECT COUNT(*) FROM saved_search", "saved searches", maxSavedSearches},
		{"SELECT COUNT(*) FROM engine", "engines", maxEngines},
		{"SELECT COUNT(*) FROM preference", "preferences", maxPreferences},
		{"SELECT COUNT(*) FROM setting", "settings", maxSettings},
	} {
		n, err := i.number(ctx, kept.query)
		if err != nil {
			return err
		}
		if n > kept.most {
			return lora.Errorf(lora.TooLarge, "With this import there would be %d %s; %d is the limit. Leave them out, or delete some first.", n, kept.what, kept.most)
		}
	}
	return nil
}
