package archive

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// phasePlaced says that everything is in its place.
const phasePlaced = "placing"

// ApplyImport carries a planned import out: all of it, or nothing. Conflict while a
// conflict is undecided or something else changes the catalog.
func (a *Archive) ApplyImport(_ context.Context, id string) (lora.Transfer, error) {
	m, err := a.imports.planned(id)
	if err != nil {
		return lora.Transfer{}, err
	}
	if err := m.begin(); err != nil {
		return lora.Transfer{}, err
	}
	return m.run.snapshot(), nil
}

// begin starts the second work of the run.
func (m *importing) begin() error {
	m.mu.Lock()
	outcomes := make([]outcome, len(m.entries))
	undecided := 0
	for i := range m.entries {
		outcomes[i] = m.entries[i].decide(m.request.Policy)
		if outcomes[i].undecided {
			undecided++
		}
	}
	m.mu.Unlock()
	if undecided > 0 {
		return lora.FieldErrorf(lora.Conflict, "policy", "%d adapters differ here and in the import, and nobody has said yet which side wins. Decide that first.", undecided)
	}
	if err := m.archive.runs.claim(m.run); err != nil {
		return err
	}
	return m.run.work(func(ctx context.Context) error { return m.apply(ctx, outcomes) })
}

// apply is the import itself. Nothing outside the staging folders is touched before the
// transaction, and nothing that the transaction did is lost after it.
func (m *importing) apply(ctx context.Context, outcomes []outcome) error {
	if err := m.unchanged(ctx); err != nil {
		return err
	}
	s, err := m.newStaging(ctx, outcomes)
	if err != nil {
		return err
	}
	if err := s.stage(ctx); err != nil {
		return err
	}
	m.archive.options.Failpoint("import.staged")
	if err := s.verify(ctx); err != nil {
		return err
	}
	if m.others.n == 0 && !slices.ContainsFunc(outcomes, outcome.changes) {
		m.run.phase(phasePlaced, 0, 0) // nothing changes, and nothing needs taking back
		return nil
	}
	if err := m.restorePoint(ctx); err != nil {
		return err
	}
	if err := m.run.seal("The import is being saved and cannot be cancelled any more."); err != nil {
		return err
	}
	// From here on it goes through to its end, also while the server stops.
	ctx = context.WithoutCancel(ctx)
	if err := s.save(ctx); err != nil {
		return err
	}
	return s.place(ctx)
}

// unchanged makes sure that what was decided still holds: another comparison finds the
// same.
func (m *importing) unchanged(ctx context.Context) error {
	m.run.phase("comparing", len(m.entries), 0)
	batch := make([]planned, 0, compareBatch)
	changed := 0
	check := func() error {
		matches, err := m.find(ctx, batch)
		if err != nil {
			return err
		}
		for i := range batch {
			if m.isOther(&batch[i], &matches[i]) {
				changed++
			}
		}
		m.run.add(len(batch), 0)
		batch = batch[:0]
		return nil
	}
	err := m.adapters.visit(func(one *planned) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		one.Raw.into(one.adapter())
		batch = append(batch, *one)
		if len(batch) < compareBatch {
			return nil
		}
		return check()
	})
	if err == nil {
		err = check()
	}
	if err == nil && changed > 0 {
		err = lora.Errorf(lora.Conflict, "%d adapters were changed in the library since the import was planned. Plan it again.", changed)
	}
	return err
}

// isOther reports whether an adapter would be judged in another way now.
func (m *importing) isOther(was *planned, match *lora.ArchivedMatch) bool {
	if was.Item.Action == lora.ImportSkip {
		return false
	}
	now := planned{Incoming: was.Incoming, Source: was.Source, Item: lora.ImportItem{Differs: []lora.FieldChange{}}}
	m.judge(&now, match)
	return now.Item.AdapterID != was.Item.AdapterID || now.FileClash != was.FileClash ||
		!slices.Equal(now.Gain, was.Gain) || !slices.Equal(now.Clash, was.Clash)
}

// verify reads the rest: a damaged archive is refused as a whole.
func (s *staging) verify(ctx context.Context) error {
	s.run.phase("verifying", len(s.sources), 0)
	for i, source := range s.sources {
		if s.request.Unverified {
			break
		}
		s.run.about(guard.DisplayName(source.Name()))
		read := func(member string) bool { return s.read[stagedMember{i, member}] }
		if err := source.Verify(ctx, read, func(bytes int64) { s.run.add(0, bytes) }); err != nil {
			return named(source, err)
		}
		s.run.add(1, 0)
	}
	return nil
}

// restorePoint makes the backup that takes the import back.
func (m *importing) restorePoint(ctx context.Context) error {
	if m.ports.RestorePoint == nil || m.request.NoRestorePoint {
		return nil
	}
	m.run.phase("restore point", 0, 0)
	id, err := m.ports.RestorePoint(ctx, "Before the import of "+m.sourceNames())
	if err != nil {
		return fmt.Errorf("the restore point before the import: %w", err)
	}
	m.run.change(func(t *lora.Transfer) { t.BackupID, t.RestorePointID = id, id })
	return nil
}

// save is the transaction.
func (s *staging) save(ctx context.Context) error {
	s.run.phase("saving", s.steps.n, 0)
	next := s.steps.each()
	counts, err := s.ports.Catalog.ApplyImport(ctx, lora.ImportRun{
		TransferID: s.run.id(), Kind: s.request.Kind, Source: s.sourceNames(), RootID: s.request.RootID, Policy: s.request.Policy,
	}, func() (lora.ImportStep, error) {
		step, err := next()
		if err != nil {
			s.archive.options.Failpoint("import.saving")
			return lora.ImportStep{}, err // io.EOF ends it
		}
		s.run.add(1, 0)
		return step.unpack()
	})
	if err != nil {
		return err
	}
	s.owes = true
	s.archive.options.Failpoint("import.saved")
	s.run.change(func(t *lora.Transfer) { t.Counts = &counts })
	return nil
}

func (m *importing) sourceNames() string {
	name := guard.DisplayName(m.sources[0].Name())
	if more := len(m.sources) - 1; more > 0 {
		name += " and others"
	}
	return name
}

// place moves the staged files to where the catalog says they are.
func (s *staging) place(ctx context.Context) error {
	s.run.phase(phasePlaced, 0, 0)
	p := &placing{archive: s.archive, id: s.run.id(), root: func(id string) (*guard.Root, error) {
		one, err := s.targets.root(id)
		if err != nil {
			return nil, err
		}
		return one.disk, nil
	}, note: s.run.note}
	next := s.steps.each()
	for {
		step, err := next()
		if err == io.EOF { //nolint:errorlint // the spool gives it bare
			break
		}
		if err != nil {
			return err
		}
		for i := range step.Step.Files {
			if err := p.one(ctx, &step.Step.Files[i]); err != nil {
				return err
			}
			s.archive.options.Failpoint("import.placed")
			s.run.add(1, 0)
		}
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	s.owes = false
	return nil
}

// placing puts the files of a committed import into their places, once or again.
type placing struct {
	archive *Archive
	id      string
	root    func(id string) (*guard.Root, error)
	note    func(format string, args ...any)

	folders map[lora.Folder]bool // that have new files
	files   []lora.Folder        // adapters
}

// one places a file; one that is there already is left.
func (p *placing) one(ctx context.Context, entry *lora.JournalEntry) error {
	switch FileKind(entry.Kind) {
	case FilePicture:
		return p.picture(ctx, entry)
	case FileWildcard:
		return p.wildcard(ctx, entry)
	case FilePrimary, FileSidecar, FilePreview:
	}
	disk, err := p.root(entry.RootID)
	if err != nil {
		return err
	}
	staged, rel := string(entry.Staged), string(entry.RelPath)
	if _, err := disk.Lstat(staged); lora.CodeOf(err) == lora.NotFound {
		p.saw(entry, rel)
		return p.isThere(disk, entry)
	}
	if err := disk.MkdirAll(path.Dir(rel)); err != nil {
		return err
	}
	err = disk.Rename(staged, rel)
	if lora.CodeOf(err) == lora.Conflict {
		rel, err = p.elsewhere(ctx, disk, entry)
	}
	if err != nil {
		return err
	}
	p.saw(entry, rel)
	return nil
}

func (p *placing) saw(entry *lora.JournalEntry, rel string) {
	if p.folders == nil {
		p.folders = make(map[lora.Folder]bool)
	}
	p.folders[lora.Folder{RootID: entry.RootID, RelPath: path.Dir(rel)}] = true
	if entry.Kind == string(FilePrimary) || entry.Kind == string(FilePreview) {
		p.files = append(p.files, lora.Folder{RootID: entry.RootID, RelPath: rel})
	}
}

// isThere says so when a file is neither staged nor in its place: somebody took it away.
func (p *placing) isThere(disk *guard.Root, entry *lora.JournalEntry) error {
	_, err := disk.Lstat(string(entry.RelPath))
	if lora.CodeOf(err) == lora.NotFound {
		p.note("%s is gone: something removed it while the import was interrupted.", guard.DisplayName(string(entry.RelPath)))
		return nil
	}
	return err
}

// elsewhere places a file whose name was taken in the last moment under another one, and
// says so to the catalog.
func (p *placing) elsewhere(ctx context.Context, disk *guard.Root, entry *lora.JournalEntry) (string, error) {
	was := string(entry.RelPath)
	for n := 2; n < maxNumbers; n++ {
		rel := numbered(was, n)
		err := disk.Rename(string(entry.Staged), rel)
		if lora.CodeOf(err) == lora.Conflict {
			continue
		}
		if err != nil {
			return "", err
		}
		p.note("%s appeared while the import ran; the import's file is now called %s.", guard.DisplayName(was), guard.DisplayName(path.Base(rel)))
		return rel, p.relocate(ctx, entry, rel)
	}
	return "", lora.Errorf(lora.Conflict, "There is no free name for %s.", guard.DisplayName(was))
}

func (p *placing) relocate(ctx context.Context, entry *lora.JournalEntry, rel string) error {
	if entry.Kind != string(FilePrimary) {
		return nil
	}
	roots, err := p.archive.options.Import.Library.Roots(ctx)
	if err != nil {
		return err
	}
	for _, root := range roots {
		if root.ID != entry.RootID {
			continue
		}
		asked := lora.ArchivedAdapter{RootPath: root.Path, RelPath: string(entry.RelPath)}
		found, err := p.archive.options.Import.Catalog.FindArchived(ctx, []lora.ArchivedAdapter{asked})
		if err != nil || len(found) == 0 || found[0].Adapter == nil {
			return err
		}
		refused, err := p.archive.options.Import.Catalog.Relocate(ctx, []lora.Relocation{{AdapterID: found[0].Adapter.ID, RootID: root.ID, RelPath: rel}})
		if err == nil && len(refused) > 0 {
			err = refused[0]
		}
		return err
	}
	return nil
}

// picture keeps a staged picture.
func (p *placing) picture(ctx context.Context, entry *lora.JournalEntry) error {
	data, pictures := p.archive.options.Data, p.archive.options.Import.Pictures
	staged := string(entry.Staged)
	content, err := data.ReadFile(staged, p.archive.options.Limits.PictureBytes)
	if lora.CodeOf(err) == lora.NotFound {
		has, err := pictures.Has(ctx, entry.SHA256)
		if err == nil && !has {
			p.note("The picture %s is gone: something removed it while the import was interrupted.", entry.SHA256)
		}
		return err
	}
	if err != nil {
		return err
	}
	if err := pictures.Adopt(ctx, content, entry.SHA256); err != nil {
		return err
	}
	return data.Remove(staged)
}

// settle makes sure that everything placed survives a loss of power, closes the books and
// has the library look at what is new.
func (p *placing) settle(ctx context.Context) error {
	for folder := range p.folders {
		disk, err := p.root(folder.RootID)
		if err != nil {
			return err
		}
		if err := disk.Flush(path.Join(folder.RelPath, "x")); err != nil {
			return err
		}
	}
	if err := p.archive.options.Import.Catalog.SettleJournal(ctx, p.id); err != nil {
		return err
	}
	p.archive.options.Failpoint("import.settled")
	if err := p.archive.options.Import.Library.Arrived(ctx, p.files); err != nil {
		p.archive.log.Warn("files that were imported could not be read yet; the next scan does", "error", err)
	}
	return nil
}
