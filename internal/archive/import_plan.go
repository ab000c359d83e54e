package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

const compareBatch = 500

// planner reads the sources of an import and compares them with the catalog.
type planner struct {
	*importing
	targets *targets
	batch   []planned
	met     map[string]int  // adapters of the catalog, to the item that meets them first
	names   map[string]int  // names and versions of what is created, likewise
	files   map[string]bool // SHA-256 of files that are placed
	brought map[string]bool // pictures
}

// plan reads everything.
func (m *importing) plan(ctx context.Context) error {
	targets, err := newTargets(ctx, m.ports.Library, m.request.RootID)
	if err != nil {
		return err
	}
	defer targets.close()
	p := &planner{
		importing: m, targets: targets, met: make(map[string]int), names: make(map[string]int),
		files: make(map[string]bool), brought: make(map[string]bool),
	}
	m.run.phase("reading", 0, 0)
	for i, source := range m.sources {
		m.run.about(guard.DisplayName(source.Name()))
		if err := source.Records(ctx, func(in Incoming) error { return p.take(ctx, i, in) }); err != nil {
			return named(source, err)
		}
		if err := p.compareBatch(ctx); err != nil {
			return named(source, err)
		}
		for _, note := range source.Notes() {
			m.run.note("%s", note)
		}
	}
	for _, note := range missingParts(m.sources) {
		m.run.note("%s", note)
	}
	if err := errors.Join(m.adapters.flush(), m.others.flush()); err != nil {
		return err
	}
	m.tell()
	return nil
}

// named says which source an error is about.
func named(source Source, err error) error {
	var e *lora.Error
	if !errors.As(err, &e) || strings.Contains(e.Message, guard.DisplayName(source.Name())) {
		return err
	}
	told := *e
	told.Message = guard.DisplayName(source.Name()) + ": " + e.Message
	return &told
}

// take sorts one record of a source.
func (p *planner) take(ctx context.Context, source int, in Incoming) error {
	if in.Record.Adapter == nil {
		return p.takeOther(ctx, source, in)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if !p.request.Include.Adapters {
		in = fileOnly(in)
	}
	p.batch = append(p.batch, planned{Incoming: in, Source: source})
	if len(p.batch) < compareBatch {
		return nil
	}
	return p.compareBatch(ctx)
}

// compareBatch holds some adapters against the catalog and keeps what it found.
func (p *planner) compareBatch(ctx context.Context) error {
	batch := p.batch
	p.batch = p.batch[:0]
	for i := range batch {
		if err := p.measure(ctx, &batch[i]); err != nil {
			return err
		}
	}
	matches, err := p.find(ctx, batch)
	if err != nil {
		return err
	}
	for i := range batch {
		if err := p.settle(&batch[i], &matches[i]); err != nil {
			return err
		}
		p.run.add(1, 0)
	}
	return nil
}

// measure computes the digest of an adapter's file where the source does not state one:
// only by it can the file be told from those that are here.
func (p *planner) measure(ctx context.Context, one *planned) error {
	file := one.file(FilePrimary)
	if file == nil {
		return nil
	}
	a := one.adapter()
	if file.SHA256 == "" {
		p.run.about(guard.DisplayName(file.Name))
		sum, n, err := p.digest(ctx, one.Source, *file)
		if err != nil {
			return err
		}
		file.SHA256, file.Size = sum, n
	}
	if a.Digests == nil {
		a.Digests = make(map[string]string)
	}
	a.Digests["sha256"] = file.SHA256
	a.FileSize = int(file.Size)
	return nil
}

func (m *importing) digest(ctx context.Context, source int, file IncomingFile) (sum string, n int64, err error) {
	from, err := m.sources[source].Open(ctx, file)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = from.Close() }() // read to its end
	hash := sha256.New()
	n, err = io.Copy(hash, &steady{ctx: ctx, from: from, run: m.run})
	return hex.EncodeToString(hash.Sum(nil)), n, err
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// steady reads until the context ends and counts what it reads.
type steady struct {
	ctx  context.Context //nolint:containedctx // lives as long as one copy
	from io.Reader
	run  *run
}

// Read implements io.Reader.
func (s *steady) Read(p []byte) (int, error) {
	if err := context.Cause(s.ctx); err != nil {
		return 0, err
	}
	n, err := s.from.Read(p)
	s.run.add(0, int64(n))
	return n, err
}

// find asks the catalog whom a batch meets. Names that are only a file's are no mark to be
// recognised by.
func (m *importing) find(ctx context.Context, batch []planned) ([]lora.ArchivedMatch, error) {
	asked := make([]lora.ArchivedAdapter, len(batch))
	for i := range batch {
		asked[i] = *batch[i].adapter()
		if batch[i].Incoming.ByContent {
			asked[i].ID, asked[i].Name = "", ""
		}
	}
	return m.ports.Catalog.FindArchived(ctx, asked)
}

func (p *planner) keep(one *planned) error {
	if !p.request.Include.Adapters && !p.request.Include.Files {
		one.Item.Action = lora.ImportSkip
	}
	one.Raw = rawOf(one.adapter())
	at, length, err := p.adapters.add(one)
	if err != nil {
		return err
	}
	file := one.file(FilePrimary)
	places := one.Item.FileAction == "place" || one.Item.FileAction == "rename"
	e := entry{
		at: at, length: length, action: one.Item.Action, gains: len(one.Gain) > 0 || one.BringsPreview, newer: one.Newer,
		fileClash: one.FileClash, places: places, root: one.ToRoot, hasFile: file != nil && p.request.Include.Files,
	}
	if file != nil {
		e.size = file.Size
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.entries = append(p.entries, e)
	return nil
}

// isAdapterName reports whether a file's name is one of an adapter's.
func isAdapterName(name string) bool {
	_, role, _ := sidecar.Split(name)
	return role == sidecar.Adapter
}
