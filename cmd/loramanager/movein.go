package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/httpapi"
	"loramanager/internal/lora"
	"loramanager/internal/movein"
	"loramanager/internal/sidecar"
)

// mover joins what other managers left to imports, and writes sidecars for them.
type mover struct {
	archive *archive.Archive
	roots   func(ctx context.Context) ([]lora.Root, error)
	private []string // folders nobody is to look into
}

// DetectMoveIn implements httpapi.MoveIn.
func (m mover) DetectMoveIn(ctx context.Context, dir string) ([]httpapi.FoundManager, error) {
	root, err := m.open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // only read
	found, err := movein.Detect(ctx, root)
	out := make([]httpapi.FoundManager, 0, len(found))
	for _, f := range found {
		with := make(map[string]int, len(f.With))
		for _, c := range f.With {
			with[c.What] = c.Count
		}
		out = append(out, httpapi.FoundManager{Manager: string(f.Manager), Path: f.Path, Adapters: f.Adapters, With: with, Notes: f.Notes})
	}
	return out, err
}

// PlanMoveIn implements httpapi.MoveIn.
func (m mover) PlanMoveIn(ctx context.Context, r httpapi.MoveInRequest) (lora.Transfer, error) {
	root, err := m.open(r.Path)
	if err != nil {
		return lora.Transfer{}, err
	}
	managers := make([]movein.Manager, len(r.Managers))
	for i, name := range r.Managers {
		managers[i] = movein.Manager(name)
	}
	left, err := movein.Open(root, managers)
	if err != nil {
		_ = root.Close() // only read
		return lora.Transfer{}, err
	}
	return m.plan(ctx, left, r.Policy, r.RootID)
}

// planDatabase plans to move in from a database. Only commands do: what a page sends must
// not make the server connect anywhere.
func (m mover) planDatabase(ctx context.Context, address string, policy lora.ConflictPolicy, into string) (lora.Transfer, error) {
	left, err := movein.OpenDatabase(ctx, address)
	if err != nil {
		return lora.Transfer{}, err
	}
	return m.plan(ctx, left, policy, into)
}

// plan plans the import of what was left; the plan owns it from then on. Files that lie in
// no library folder go to the one that is named, or to the oldest.
func (m mover) plan(ctx context.Context, left *movein.Source, policy lora.ConflictPolicy, into string) (lora.Transfer, error) {
	roots, err := m.roots(ctx)
	if err == nil && into == "" && len(roots) > 0 {
		into = slices.MinFunc(roots, func(a, b lora.Root) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID
	}
	if err == nil && into != "" && !slices.ContainsFunc(roots, func(r lora.Root) bool { return r.ID == into }) {
		err = lora.FieldErrorf(lora.NotFound, "target_root_id", "There is no such library folder.")
	}
	if err != nil {
		_ = left.Close() // only read
		return lora.Transfer{}, err
	}
	return m.archive.PlanImport(ctx, archive.ImportRequest{
		Kind: lora.TransferMoveIn, Sources: []archive.Source{&moved{left: left, roots: roots}}, Policy: policy, RootID: into, Include: archive.IncludeAll(),
	})
}

// open opens the folder of another manager.
func (m mover) open(dir string) (*guard.Root, error) {
	dir = strings.TrimSpace(dir)
	if !filepath.IsAbs(dir) {
		return nil, lora.FieldErrorf(lora.Invalid, "path", "Give the whole path of the folder, from the top of the disk.")
	}
	dir = filepath.Clean(dir)
	for _, private := range m.private {
		if below(private, dir) {
			return nil, lora.FieldErrorf(lora.Forbidden, "path", "This folder is the program's own.")
		}
	}
	root, err := guard.OpenRoot(dir)
	if lora.CodeOf(err) == lora.NotFound {
		err = lora.FieldErrorf(lora.Invalid, "path", "There is no folder %s on the computer that runs the server.", guard.DisplayName(dir))
	}
	return root, err
}

// below reports whether a path is a folder or lies in it.
func below(folder, name string) bool {
	rel, err := filepath.Rel(folder, name)
	return err == nil && filepath.IsLocal(rel)
}

// SidecarFormats implements httpapi.Sidecars.
func (m mover) SidecarFormats() []httpapi.SidecarFormat {
	formats := sidecar.Formats()
	out := make([]httpapi.SidecarFormat, len(formats))
	for i, f := range formats {
		suffix, carries := f.Layout()
		out[i] = httpapi.SidecarFormat{ID: string(f), Manager: string(f), Suffix: suffix, Carries: strings.Join(carries, ", ")}
	}
	return out
}

// WriteSidecars implements httpapi.Sidecars.
func (m mover) WriteSidecars(ctx context.Context, format string, ids []string, overwrite bool) (lora.Transfer, error) {
	return m.archive.WriteSidecars(ctx, sidecar.Format(format), ids, overwrite)
}

// moved is what a manager left, as an import reads it. A file that lies in a library
// folder is recognised by its place and not brought a second time.
type moved struct {
	left  *movein.Source
	roots []lora.Root
}

// Name implements archive.Source.
func (m *moved) Name() string { return m.left.Name() }

// Records implements archive.Source.
func (m *moved) Records(ctx context.Context, each func(archive.Incoming) error) error {
	return m.left.Records(ctx, func(r movein.Record) error {
		here := m.locate(r.Record.Adapter)
		in := archive.Incoming{Record: r.Record, Fields: r.Fields, Origin: string(r.Manager), Detail: m.left.Name(), Note: r.Note}
		for _, f := range r.Files {
			if here && f.Kind == string(archive.FilePrimary) {
				continue
			}
			in.Files = append(in.Files, archive.IncomingFile{Kind: archive.FileKind(f.Kind), Name: f.Name, Member: f.Member, Size: f.Size, SHA256: f.SHA256})
		}
		return each(in)
	})
}

// locate says of an adapter's file where it lies below a library folder, if it does. A
// database has no folder of its own: there the path it names counts.
func (m *moved) locate(a *lora.ArchivedAdapter) bool {
	if a == nil {
		return false
	}
	full := filepath.Join(a.RootPath, filepath.FromSlash(a.RelPath))
	if a.RootPath == "" {
		full = a.FilePath
	}
	if !filepath.IsAbs(full) {
		return false
	}
	for i := range m.roots {
		rel, err := filepath.Rel(m.roots[i].Path, full)
		if err == nil && filepath.IsLocal(rel) {
			a.RootPath, a.RootID, a.RelPath = m.roots[i].Path, m.roots[i].ID, filepath.ToSlash(rel)
			return true
		}
	}
	return false
}

// Open implements archive.Source.
func (m *moved) Open(_ context.Context, file archive.IncomingFile) (io.ReadCloser, error) {
	return m.left.OpenFile(movein.File{Member: file.Member})
}

// Verify implements archive.Source. Nothing that other managers keep carries a checksum
// of its own.
func (m *moved) Verify(context.Context, func(string) bool, func(int64)) error { return nil }

// Notes implements archive.Source.
func (m *moved) Notes() []string { return m.left.Notes() }

// Close implements archive.Source.
func (m *moved) Close() error { return m.left.Close() }
