package archive

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// sidecarPart is how many adapters are read from the catalog at a time.
const sidecarPart = 500

// WriteSidecars begins to write a file in another program's format beside each of the
// given adapters. Where such a file lies already it is left alone unless overwrite says
// that its values are to be replaced; keys this program does not write stay in any case.
// Invalid for a format nobody knows and for no adapters.
func (a *Archive) WriteSidecars(ctx context.Context, format sidecar.Format, ids []string, overwrite bool) (lora.Transfer, error) {
	if !slices.Contains(sidecar.Formats(), format) {
		return lora.Transfer{}, lora.FieldErrorf(lora.Invalid, "format", "%q is no format of sidecars that can be written.", string(format))
	}
	if len(ids) == 0 {
		return lora.Transfer{}, lora.FieldErrorf(lora.Invalid, "adapter_ids", "Choose at least one adapter.")
	}
	x, err := a.runs.begin(ctx, lora.TransferSidecars, lora.TransferRunning)
	if err != nil {
		return lora.Transfer{}, err
	}
	w := &sidecarWriter{archive: a, run: x, format: format, overwrite: overwrite, roots: map[string]*guard.Root{}, lost: map[string]int{}}
	err = x.work(func(ctx context.Context) error { return w.write(ctx, ids) })
	return x.snapshot(), err
}

// sidecarWriter writes the sidecars of one transfer.
type sidecarWriter struct {
	archive   *Archive
	run       *run
	format    sidecar.Format
	overwrite bool
	roots     map[string]*guard.Root // nil for one that cannot be opened
	written   int
	present   int
	without   int            // adapters whose file is not there
	lost      map[string]int // field -> adapters whose value has no place
}

func (w *sidecarWriter) write(ctx context.Context, ids []string) error {
	w.run.phase("writing", len(ids), 0)
	defer func() {
		for _, root := range w.roots {
			if root != nil {
				_ = root.Close() // what was written is flushed
			}
		}
	}()
	for part := range slices.Chunk(ids, sidecarPart) {
		adapters, err := w.read(ctx, part)
		if err != nil {
			return err
		}
		for i := range adapters {
			if err := w.one(&adapters[i]); err != nil {
				return err
			}
		}
		w.run.add(len(part), 0)
	}
	w.tell()
	return nil
}

// read takes some adapters out of the catalog, so that it is not held while files are
// written.
func (w *sidecarWriter) read(ctx context.Context, ids []string) ([]lora.ArchivedAdapter, error) {
	adapters := make([]lora.ArchivedAdapter, 0, len(ids))
	scope := lora.ExportScope{Adapters: true, AdapterIDs: ids}
	err := w.archive.options.Export.Catalog.Export(ctx, scope, func(r lora.ArchiveRecord) error {
		if r.Adapter != nil {
			adapters = append(adapters, *r.Adapter)
		}
		return nil
	})
	return adapters, err
}

// one writes the sidecar of one adapter. What is wrong with its folder becomes a note; a
// full disk ends the transfer.
func (w *sidecarWriter) one(a *lora.ArchivedAdapter) error {
	root := w.root(a.RootPath)
	if root == nil || a.FileState == lora.FileMissing {
		w.without++
		return nil
	}
	info, err := root.Stat(a.RelPath)
	if err != nil {
		w.without++
		return nil //nolint:nilerr // it is counted, and the rest goes on
	}
	folder, base := path.Split(a.RelPath)
	stem, role, _ := sidecar.Split(base)
	if role != sidecar.Adapter {
		stem = strings.TrimSuffix(base, path.Ext(base))
	}
	about := sidecar.Subject{Stem: stem, FileName: base, FilePath: path.Join(a.RootPath, a.RelPath), SizeBytes: info.Size(), ModifiedAt: info.ModTime().Truncate(time.Millisecond)}
	facts := sidecar.Of(&a.Adapter, a.Digests, a.Claimed)
	plain, err := sidecar.Encode(w.format, facts, about, nil)
	if err != nil {
		return err
	}
	rel := path.Join(folder, plain.Name)
	existing, err := root.ReadFile(rel, sidecar.MaxBytes)
	switch {
	case err == nil && !w.overwrite:
		w.present++
		return nil
	case err == nil:
		if plain, err = sidecar.Encode(w.format, facts, about, existing); err != nil {
			w.run.note("%s: %s", guard.DisplayName(rel), failureSentence(err))
			return nil
		}
	case lora.CodeOf(err) != lora.NotFound:
		w.run.note("%s: %s", guard.DisplayName(rel), failureSentence(err))
		return nil
	}
	if err := root.Replace(rel, plain.Data); err != nil {
		if lora.CodeOf(err) == lora.StorageFull {
			return err
		}
		w.run.note("%s: %s", guard.DisplayName(rel), failureSentence(err))
		return nil
	}
	w.written++
	for _, field := range plain.Lost {
		w.lost[field]++
	}
	w.run.about(guard.DisplayName(plain.Name))
	return nil
}

// root opens a library folder once.
func (w *sidecarWriter) root(dir string) *guard.Root {
	root, known := w.roots[dir]
	if known {
		return root
	}
	root, err := guard.OpenRoot(dir)
	if err != nil {
		w.run.note("The folder %s cannot be opened: %s", guard.DisplayName(dir), failureSentence(err))
		root = nil
	}
	w.roots[dir] = root
	return root
}

// tell says what was done, and what found no place.
func (w *sidecarWriter) tell() {
	w.run.note("%s written.", counted(w.written, "sidecar"))
	if w.present > 0 {
		w.run.note("%s there already and left alone.", counted(w.present, "sidecar"))
	}
	if w.without > 0 {
		w.run.note("%s without a file that is there: nothing was written for them.", counted(w.without, "adapter"))
	}
	for _, field := range slices.Sorted(maps.Keys(w.lost)) {
		w.run.note("The format has no place for %s, which %s.", strings.ReplaceAll(field, "_", " "), has(w.lost[field]))
	}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func has(n int) string {
	if n == 1 {
		return "1 adapter has"
	}
	return fmt.Sprintf("%d adapters have", n)
}
