package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
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

// settle says what would happen with one adapter, and keeps it.
func (p *planner) settle(one *planned, match *lora.ArchivedMatch) error {
	one.Item = lora.ImportItem{
		Key: strconv.Itoa(len(p.entries)), Name: one.adapter().Name, Version: value(one.adapter().Version),
		Source: p.sources[one.Source].Name(), Differs: []lora.FieldChange{}, Note: one.Incoming.Note,
	}
	p.judge(one, match)
	if err := p.judgeFile(one, match); err != nil {
		return err
	}
	p.findTwin(one)
	return p.keep(one)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// judge compares what is known.
func (m *importing) judge(one *planned, match *lora.ArchivedMatch) {
	if match.Adapter == nil {
		one.Item.Action, one.Number = lora.ImportCreate, one.Incoming.ByContent
		if match.NameHolder != "" {
			one.Number = true
		}
		return
	}
	here := match.Adapter
	one.Item.AdapterID, one.Item.MatchedBy = here.ID, string(match.By)
	one.HereRoot, one.HerePath = here.RootID, []byte(match.RelPath)
	var c comparison
	if m.request.Include.Adapters {
		c = compare(here, &one.adapter().Adapter, one.Incoming.Fields)
	}
	if match.NameHolder != "" {
		c.leaveOut("name", "version")
		one.say("Its name is taken by another adapter here, so that of the one here stays.")
	}
	one.FileClash = one.file(FilePrimary) != nil && m.request.Include.Files && otherFile(here, one.file(FilePrimary))
	if one.FileClash {
		c.clash = append(c.clash, lora.FieldChange{Field: fileField, Here: value(here.SHA256), There: one.file(FilePrimary).SHA256})
	}
	if picture := one.file(FilePreview); picture != nil && m.request.Include.Files && here.Preview == nil && here.FileState == lora.FileOK && !one.FileClash {
		one.BringsPreview = true
		c.gain = append(c.gain, lora.FieldChange{Field: previewField, There: guard.DisplayName(picture.Name)})
	}
	one.Gain, one.Clash, one.Newer = names(c.gain), names(c.clash), c.newer
	one.Item.Differs, one.Item.Action = append(one.Item.Differs, c.differs()...), c.action()
	if here.FileState == lora.FileTrashed {
		one.say("The adapter lies in the trash here. It stays there.")
		one.Item.Action, one.FileClash, one.Gain, one.Clash = lora.ImportSkip, false, nil, nil
	}
}

// otherFile reports whether the adapter here has a file that is known to be another one.
func otherFile(here *lora.Adapter, file *IncomingFile) bool {
	switch here.FileState {
	case lora.FileMissing, lora.FileTrashed:
		return false
	case lora.FileOK, lora.FileUnreadable, lora.FileUnsafe:
	}
	if here.SHA256 != nil {
		return !strings.EqualFold(*here.SHA256, file.SHA256)
	}
	return int64(here.FileSize) != file.Size
}

func (c *comparison) leaveOut(fields ...string) {
	for _, list := range []*[]lora.FieldChange{&c.gain, &c.clash} {
		kept := (*list)[:0]
		for _, change := range *list {
			if !slices.Contains(fields, change.Field) {
				kept = append(kept, change)
			}
		}
		*list = kept
	}
}

func (one *planned) say(note string) {
	if one.Item.Note != "" {
		one.Item.Note += " "
	}
	one.Item.Note += note
}

// judgeFile says what would happen with the file an adapter brings.
func (p *planner) judgeFile(one *planned, match *lora.ArchivedMatch) error {
	file := one.file(FilePrimary)
	if file == nil || !p.request.Include.Files {
		if match.Adapter == nil && file == nil && p.request.Include.Adapters {
			one.say("It comes without its file and is listed as missing until the file turns up.")
		}
		return nil
	}
	one.Item.FileName, one.Item.FileSize = guard.DisplayName(file.Name), int(file.Size)
	missing := match.Adapter != nil && match.Adapter.FileState == lora.FileMissing
	switch {
	case one.Item.Action == lora.ImportSkip:
		one.Item.FileAction = "none"
		return nil
	case match.Adapter != nil && !missing && !one.FileClash:
		one.Item.FileAction = "present"
		return nil
	case p.files[file.SHA256] && one.Incoming.ByContent:
		p.leaveOut(one, "The same file comes twice; only the first is taken.")
		return nil
	}
	rootID, rel, err := p.targets.where(one, outcome{})
	if err != nil {
		return err
	}
	to, err := p.targets.root(rootID)
	if err != nil {
		return err
	}
	chosen, err := to.choose(rel)
	if err != nil {
		return err
	}
	one.Item.FileAction, one.ToRoot = "place", rootID
	if chosen != rel {
		one.Item.FileAction = "rename"
	}
	if missing && one.Item.Action == lora.ImportSame {
		one.Item.Action = lora.ImportUpdate // its file comes back
	}
	p.files[file.SHA256] = true
	return nil
}

// findTwin leaves out what comes a second time.
func (p *planner) findTwin(one *planned) {
	if one.Item.Action == lora.ImportSkip {
		return
	}
	if id := one.Item.AdapterID; id != "" {
		if _, twice := p.met[id]; twice {
			p.leaveOut(one, "The same adapter comes twice; only the first is taken.")
			return
		}
		p.met[id] = len(p.entries)
		return
	}
	key := one.Item.Name + "\x00" + one.Item.Version
	if _, twice := p.names[key]; !twice {
		p.names[key] = len(p.entries)
		return
	}
	if one.file(FilePrimary) != nil && p.request.Include.Files {
		one.Number = true // another file: it is kept under a number
		one.say("Another adapter of the import has the same name and version; it gets a number.")
		return
	}
	p.leaveOut(one, "Another adapter of the import has the same name and version; only the first is taken.")
}

func (p *planner) leaveOut(one *planned, note string) {
	one.Item.Action, one.Item.FileAction = lora.ImportSkip, ""
	one.Gain, one.Clash, one.FileClash = nil, nil, false
	one.say(note)
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

// fileOnly forgets what a source says of an adapter but what its file is.
func fileOnly(in Incoming) Incoming {
	said := in.Record.Adapter
	a := &lora.ArchivedAdapter{RelPath: said.RelPath, Digests: said.Digests, QuickDigest: said.QuickDigest}
	a.ID, a.Name, a.FileName, a.FileModifiedAt = said.ID, said.Name, said.FileName, said.FileModifiedAt
	a.Weight, a.Visibility, a.Sources = 1, "Public", map[string]lora.Source{"name": lora.FromFile}
	in.Record.Adapter, in.Fields = a, []string{}
	return in
}

// takeOther keeps what is no adapter and counts it.
func (p *planner) takeOther(ctx context.Context, source int, in Incoming) error {
	include, r := p.request.Include, in.Record
	if len(in.Files) == 1 && in.Files[0].Kind == FileWildcard {
		return p.takeWildcard(ctx, source, in.Files[0])
	}
	wanted := false
	switch {
	case r.Composition != nil:
		if wanted = include.Compositions; wanted {
			p.further.Compositions++
		}
	case r.Preset != nil, r.Workflow != nil, r.Search != nil:
		wanted = include.Compositions
	case r.Job != nil:
		if wanted = include.Jobs; wanted {
			p.further.Jobs++
		}
	case r.Setting != nil, r.Engine != nil, r.Root != nil:
		if wanted = include.Settings; wanted && r.Setting != nil {
			p.further.Settings++
		}
	case r.Preference != nil, r.Session != nil:
		wanted = include.Taste
	case r.Figure != nil:
		wanted = include.Jobs
	}
	if !wanted {
		return nil
	}
	if r.Job != nil {
		if err := p.bringPictures(ctx, &in); err != nil {
			return err
		}
	}
	kind, line, err := encodeRecord(&in.Record)
	if err != nil {
		return err
	}
	_, _, err = p.others.add(&further{Source: source, Kind: kind, Line: line, Files: in.Files})
	return err
}

// bringPictures keeps of a job's pictures those that are not here.
func (p *planner) bringPictures(ctx context.Context, in *Incoming) error {
	wanted := in.Files[:0:0]
	for _, file := range in.Files {
		if file.Kind != FilePicture {
			continue
		}
		has, err := p.ports.Pictures.Has(ctx, file.SHA256)
		if err != nil {
			return err
		}
		if has {
			continue
		}
		wanted = append(wanted, file)
		if !p.brought[file.SHA256] {
			p.brought[file.SHA256] = true
			p.further.Images++
			p.pictureBytes += file.Size
		}
	}
	in.Files = wanted
	return nil
}

// isAdapterName reports whether a file's name is one of an adapter's.
func isAdapterName(name string) bool {
	_, role, _ := sidecar.Split(name)
	return role == sidecar.Adapter
}
