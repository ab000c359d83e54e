package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// syncsAtOnce is how many staged files are flushed to the disk at a time.
const syncsAtOnce = 16

// spareBytes stay free on a disk whatever is imported.
const spareBytes = 1 << 30

// staging brings the files of an import onto the disks they will lie on, into folders that
// nothing else looks at, and writes the steps for the store.
type staging struct {
	*importing
	outcomes []outcome
	targets  *targets
	steps    *spool[decidedStep]
	used     map[string]bool // roots with a folder of this import
	read     map[stagedMember]bool
	pictures map[string]lora.Image
	syncs    errgroup.Group // of staged files: many at a time cost hardly more than one
	n        int
	owes     bool // committed, and not all is in its place
}

type stagedMember struct {
	source int
	member string
}

func (m *importing) newStaging(ctx context.Context, outcomes []outcome) (*staging, error) {
	targets, err := newTargets(ctx, m.ports.Library, m.request.RootID)
	if err != nil {
		return nil, err
	}
	s := &staging{
		importing: m, outcomes: outcomes, targets: targets, used: make(map[string]bool),
		read: make(map[stagedMember]bool), pictures: make(map[string]lora.Image),
	}
	s.syncs.SetLimit(syncsAtOnce)
	m.run.onEnd(s.sweep)
	s.steps, err = newSpool[decidedStep](m.archive.options.Data, m.folder+"/steps.jsonl")
	return s, err
}

// sweep removes what was staged, unless a committed import still owes it to its place.
func (s *staging) sweep() {
	for id := range s.used {
		if one := s.targets.opened[id]; one.disk != nil && !s.owes {
			if err := one.disk.RemoveAll(stagingOf(s.run.id())); err != nil {
				s.archive.log.Warn("staged files could not be removed; the next start tries again", "root", one.root.Path, "error", err)
				continue
			}
			_ = one.disk.Remove(stagingFolder) // others may use it
		}
	}
	s.targets.close()
	s.steps.close()
}

// stage copies and measures everything that is wanted.
func (s *staging) stage(ctx context.Context) error {
	files, bytes := 0, s.pictureBytes
	need := make(map[string]int64)
	for i := range s.entries {
		if s.outcomes[i].place {
			files++
			bytes += s.entries[i].size
			need[s.entries[i].root] += s.entries[i].size
		}
	}
	s.run.phase("staging", files, bytes)
	if err := s.roomFor(need); err != nil {
		return err
	}
	i := -1
	err := s.adapters.visit(func(one *planned) error {
		i++
		one.Raw.into(one.adapter())
		return s.stageAdapter(ctx, one, s.outcomes[i])
	})
	if err == nil {
		err = s.others.visit(func(one *further) error { return s.stageOther(ctx, one) })
	}
	if syncErr := s.synced(); err == nil {
		err = syncErr
	}
	if err == nil {
		err = s.steps.flush()
	}
	return err
}

// roomFor refuses, before the first byte, what would fill a disk.
func (s *staging) roomFor(need map[string]int64) error {
	for id, bytes := range need {
		if id == "" {
			id = s.request.RootID
		}
		to, err := s.targets.root(id)
		if err != nil {
			return err
		}
		if free, ok := to.disk.FreeBytes(); ok && free < uint64(bytes)+spareBytes { //nolint:gosec // sums of sizes
			return lora.Errorf(lora.StorageFull, "The library folder %s has not enough room: %d MiB are needed and 1 GiB must stay free.", guard.DisplayName(to.root.Name), bytes>>20)
		}
	}
	return nil
}

// stageAdapter writes the step of one adapter, with its files.
func (s *staging) stageAdapter(ctx context.Context, one *planned, o outcome) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	step := lora.ImportStep{
		Record: one.Incoming.Record, Action: o.action, AdapterID: one.Item.AdapterID,
		Origin: one.Incoming.Origin, Detail: one.Incoming.Detail,
	}
	credit(&step.Record.Adapter.Adapter)
	switch o.action {
	case lora.ImportCreate:
		step.AdapterID, step.Rename = "", o.rename || one.Number
		if step.Origin == "" {
			step.Origin, step.Detail = "archive", s.sources[one.Source].Name()
		}
	case lora.ImportUpdate:
		step.Fields = one.Gain
		if o.clash {
			step.Fields = append(step.Fields, one.Clash...)
		}
	case lora.ImportConflict, lora.ImportSame, lora.ImportSkip:
	}
	if err := s.stageFiles(ctx, one, o, &step); err != nil {
		return err
	}
	_, _, err := s.steps.add(packed(&step))
	return err
}

func (s *staging) stageFiles(ctx context.Context, one *planned, o outcome, step *lora.ImportStep) error {
	switch {
	case o.place:
	case one.BringsPreview && o.action == lora.ImportUpdate:
		return s.stagePreview(ctx, one, step)
	default:
		return nil
	}
	rootID, wish, err := s.targets.where(one, o)
	if err != nil {
		return err
	}
	to, err := s.targets.root(rootID)
	if err != nil {
		return err
	}
	rel, err := to.choose(wish)
	if err != nil {
		return err
	}
	file := one.file(FilePrimary)
	entry, err := s.copy(ctx, one.Source, *file, to, rel, modified(one.adapter().FileModifiedAt))
	if err != nil {
		return err
	}
	stamp, err := stampOf(to.disk, string(entry.Staged))
	if err != nil {
		return err
	}
	step.Files = append(step.Files, entry)
	step.Place = &lora.ImportPlace{RootID: rootID, RelPath: rel, Stamp: stamp}
	s.run.add(1, 0)
	return s.stageCompanions(ctx, one, to, step)
}

func modified(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// stageCompanions brings sidecars and previews beside an adapter's new file.
func (s *staging) stageCompanions(ctx context.Context, one *planned, to *target, step *lora.ImportStep) error {
	for _, file := range one.Incoming.Files {
		if file.Kind != FileSidecar && file.Kind != FilePreview {
			continue
		}
		rel := companion(file.Name, one.file(FilePrimary).Name, step.Place.RelPath)
		if rel == "" || !to.claim(rel) {
			s.run.note("%s was left out: its name is taken, or not one that belongs to %s.", guard.DisplayName(file.Name), guard.DisplayName(path.Base(step.Place.RelPath)))
			continue
		}
		if err := s.stageBeside(ctx, one.Source, file, to, rel, step); err != nil {
			return err
		}
	}
	return nil
}

// stagePreview brings a preview beside a file that is here already.
func (s *staging) stagePreview(ctx context.Context, one *planned, step *lora.ImportStep) error {
	to, err := s.targets.root(one.HereRoot)
	if err != nil {
		return err
	}
	file := one.file(FilePreview)
	was := file.Name
	if primary := one.file(FilePrimary); primary != nil {
		was = primary.Name
	}
	rel := companion(file.Name, was, string(one.HerePath))
	if rel == "" || !to.claim(rel) {
		return nil
	}
	return s.stageBeside(ctx, one.Source, *file, to, rel, step)
}

func (s *staging) stageBeside(ctx context.Context, source int, file IncomingFile, to *target, rel string, step *lora.ImportStep) error {
	entry, err := s.copy(ctx, source, file, to, rel, time.Time{})
	if err != nil {
		return err
	}
	step.Files = append(step.Files, entry)
	if file.Kind != FilePreview || step.Place == nil || step.Place.PreviewRel != "" {
		return nil
	}
	stamp, err := stampOf(to.disk, string(entry.Staged))
	step.Place.PreviewRel, step.Place.PreviewStamp, step.Place.PreviewType = rel, stamp.MtimeNS, "image"
	if sidecar.IsVideo(rel) {
		step.Place.PreviewType = "video"
	}
	return err
}

// copy writes one file into the staging folder of a library folder and holds it against
// what its source promised.
func (s *staging) copy(ctx context.Context, source int, file IncomingFile, to *target, rel string, at time.Time) (lora.JournalEntry, error) {
	s.used[to.root.ID] = true
	s.n++
	staged := stagingOf(s.run.id()) + "/" + strconv.Itoa(s.n)
	sum, n, err := s.write(ctx, source, file, to.disk, staged, at)
	return lora.JournalEntry{
		Kind: string(file.Kind), Staged: []byte(staged), RootID: to.root.ID, RelPath: []byte(rel), Size: n, SHA256: sum,
	}, err
}

func (s *staging) write(ctx context.Context, source int, file IncomingFile, disk *guard.Root, staged string, at time.Time) (sum string, n int64, err error) {
	s.run.about(guard.DisplayName(file.Name))
	from, err := s.sources[source].Open(ctx, file)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = from.Close() }() // read to its end, or given up
	to, err := disk.Create(staged)
	if err != nil {
		return "", 0, err
	}
	hash := sha256.New()
	n, err = io.Copy(io.MultiWriter(to, hash), &steady{ctx: ctx, from: from, run: s.run})
	if err == nil && !at.IsZero() {
		err = to.SetModified(at)
	}
	if err != nil {
		_ = to.Close() // removed with its folder
		if code := lora.CodeOf(err); code == lora.Invalid || code == lora.TooLarge {
			err = named(s.sources[source], err)
		}
		return "", 0, err
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	if file.SHA256 != "" && sum != file.SHA256 || file.Size >= 0 && n != file.Size {
		_ = to.Close() // removed with its folder
		return "", 0, lora.Errorf(lora.Invalid, "%s is damaged, or was changed while it was imported. Nothing was imported.", guard.DisplayName(file.Name))
	}
	s.read[stagedMember{source, file.Member}] = true
	s.syncs.Go(func() error { return errors.Join(to.Sync(), to.Close()) })
	return sum, n, nil
}

// synced waits until all that was staged survives a loss of power.
func (s *staging) synced() error {
	errs := []error{s.syncs.Wait()}
	data := s.archive.options.Data
	for _, own := range []string{"/pictures", "/wildcards"} {
		if _, err := data.Lstat(s.folder + own); err == nil {
			errs = append(errs, data.Flush(s.folder+own+"/x"))
		}
	}
	for id := range s.used {
		errs = append(errs, s.targets.opened[id].disk.Flush(stagingOf(s.run.id())+"/x"))
	}
	return errors.Join(errs...)
}

func stampOf(disk *guard.Root, rel string) (lora.FileStamp, error) {
	info, err := disk.Lstat(rel)
	if err != nil {
		return lora.FileStamp{}, err
	}
	stamp := lora.FileStamp{Size: info.Size(), MtimeNS: info.ModTime().UnixNano()}
	if dev, inode, ok := guard.FileIdentity(info); ok {
		stamp.Dev, stamp.Inode = dev, inode
	}
	return stamp, nil
}

// stageOther writes the step of what is no adapter. Pictures go into the program's own
// folder until they are kept.
func (s *staging) stageOther(ctx context.Context, one *further) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	step := lora.ImportStep{}
	for _, file := range one.Files {
		if file.Kind == FileWildcard {
			if err := s.stageWildcard(ctx, one.Source, file, &step); err != nil {
				return err
			}
			continue
		}
		picture, here := s.pictures[file.SHA256]
		if !here {
			var err error
			if picture, err = s.stagePicture(ctx, one.Source, file, &step); err != nil {
				return err
			}
			s.pictures[file.SHA256] = picture
		}
		if picture.SHA256 != "" {
			step.Pictures = append(step.Pictures, picture)
		}
	}
	_, _, err := s.steps.add(&decidedStep{Step: step, Kind: one.Kind, Line: one.Line})
	return err
}

// stagePicture copies a picture and measures it. One that cannot be kept is left out with
// a note, and returned without a digest.
func (s *staging) stagePicture(ctx context.Context, source int, file IncomingFile, step *lora.ImportStep) (lora.Image, error) {
	data := s.archive.options.Data
	limit := s.archive.options.Limits.PictureBytes
	if file.Size > limit {
		s.run.note("The picture %s is larger than %d bytes and was left out.", guard.DisplayName(file.Name), limit)
		return lora.Image{}, nil
	}
	staged := s.folder + "/pictures/" + file.SHA256
	_, n, err := s.write(ctx, source, file, data, staged, time.Time{})
	if err != nil {
		return lora.Image{}, err
	}
	content, err := data.ReadFile(staged, limit)
	if err != nil {
		return lora.Image{}, err
	}
	picture, err := s.ports.Pictures.Check(ctx, content, file.SHA256)
	switch code := lora.CodeOf(err); code {
	case "":
	case lora.Invalid, lora.TooLarge:
		s.run.note("The picture %s was left out: %s", guard.DisplayName(file.Name), failureSentence(err))
		return lora.Image{}, nil
	default:
		return lora.Image{}, err
	}
	step.Files = append(step.Files, lora.JournalEntry{Kind: string(FilePicture), Staged: []byte(staged), RelPath: []byte(file.SHA256), Size: n, SHA256: file.SHA256})
	return picture, nil
}
