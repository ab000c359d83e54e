package library

import (
	"bytes"
	"context"
	"io"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/sidecar"
)

// The types of previews.
const (
	previewImage = "image"
	previewVideo = "video"
)

func previewType(name string) string {
	if sidecar.IsVideo(name) {
		return previewVideo
	}
	return previewImage
}

// PreviewFile is one picture or video of an adapter, or the picture inside its file.
type PreviewFile struct {
	Name  string // displayable file name; "embedded" for the picture inside the file
	Type  string // image or video
	Stamp int64  // modification time, nanoseconds since 1970
	Size  int64  // bytes
	rel   string // below the root; empty when embedded
}

// Preview is an opened PreviewFile. Its bytes are a stranger's: pictures must be
// decoded within budgets and written anew before anybody sees them.
type Preview struct {
	PreviewFile
	io.ReadSeekCloser
}

const embeddedName = "embedded"

// Previews lists the previews beside an adapter as they are now, best first. Without
// any, the picture inside the file is listed if there is one.
func (l *Library) Previews(ctx context.Context, id string) ([]PreviewFile, error) {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return nil, err
	}
	var found []PreviewFile
	err = l.withFolder(ctx, place.RootID, func(f *folder) (err error) {
		found, err = onDisk(ctx, f, func(func()) ([]PreviewFile, error) { return f.previews(&place), nil })
		return err
	})
	return found, err
}

// OpenPreview opens the n-th preview of Previews; NotFound when there is none.
func (l *Library) OpenPreview(ctx context.Context, id string, n int) (*Preview, error) {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return nil, err
	}
	var opened *Preview
	err = l.withFolder(ctx, place.RootID, func(f *folder) (err error) {
		opened, err = onDisk(ctx, f, func(func()) (*Preview, error) { return f.openPreview(&place, n) })
		return err
	})
	return opened, err
}

// lies is where the adapter's file is now, in the trash or out of it.
func lies(p *lora.Place) string {
	if p.TrashRel != "" {
		return p.TrashRel
	}
	return p.RelPath
}

func (f *folder) previews(p *lora.Place) []PreviewFile {
	found := f.previewFiles(p)
	if len(found) == 0 {
		if embedded, _, ok := f.embedded(p); ok {
			found = append(found, embedded)
		}
	}
	return found
}

func (f *folder) previewFiles(p *lora.Place) []PreviewFile {
	found := []PreviewFile{}
	rel := lies(p)
	names := companionNames(rel, sidecar.PreviewCandidates)
	if p.PreviewRel != "" { // the scan also finds unusual spellings
		names = append([]string{path.Join(path.Dir(rel), path.Base(p.PreviewRel))}, names...)
	}
	for i, name := range names {
		if i > 0 && name == names[0] {
			continue
		}
		if preview, ok := f.previewFile(name); ok {
			found = append(found, preview)
		}
	}
	return found
}

func (f *folder) previewFile(rel string) (PreviewFile, bool) {
	info, err := f.disk.Stat(rel)
	if err != nil || !info.Mode().IsRegular() {
		return PreviewFile{}, false
	}
	return PreviewFile{
		Name: guard.DisplayName(path.Base(rel)), Type: previewType(rel),
		Stamp: info.ModTime().UnixNano(), Size: info.Size(), rel: rel,
	}, true
}

// openPreview takes the first preview from where the scan found it, without looking
// for others.
func (f *folder) openPreview(p *lora.Place, n int) (*Preview, error) {
	f.note("preview", p.RelPath)
	var found []PreviewFile
	if n == 0 && p.PreviewRel != "" {
		if preview, ok := f.previewFile(path.Join(path.Dir(lies(p)), path.Base(p.PreviewRel))); ok {
			found = append(found, preview)
		}
	}
	if len(found) == 0 {
		found = f.previews(p)
	}
	if n < 0 || n >= len(found) {
		return nil, lora.Errorf(lora.NotFound, "The adapter has no such preview.")
	}
	chosen := found[n]
	if chosen.rel == "" {
		_, data, _ := f.embedded(p)
		return &Preview{chosen, readSeekNopCloser{bytes.NewReader(data)}}, nil
	}
	file, err := f.disk.Open(chosen.rel)
	if err != nil {
		return nil, err
	}
	return &Preview{chosen, file}, nil
}

type readSeekNopCloser struct{ io.ReadSeeker }

func (readSeekNopCloser) Close() error { return nil }

// embedded returns the picture in the adapter's own metadata.
func (f *folder) embedded(p *lora.Place) (PreviewFile, []byte, bool) {
	rel := lies(p)
	if kindOf(path.Base(rel)) != safetensorsFile {
		return PreviewFile{}, nil, false
	}
	file, err := f.disk.Open(rel)
	if err != nil {
		return PreviewFile{}, nil, false
	}
	defer func() { _ = file.Close() }()
	header, err := safetensors.Read(file, file.Size(), safetensors.DefaultLimits())
	if err != nil {
		return PreviewFile{}, nil, false
	}
	_, data, ok := inspect.Thumbnail(header)
	return PreviewFile{
		Name: embeddedName, Type: previewImage,
		Stamp: file.Info().ModTime().UnixNano(), Size: int64(len(data)),
	}, data, ok
}

// companionNames lists the paths of the companions an adapter at rel can have, with
// and without the adapter's own extension in their names.
func companionNames(rel string, candidates func(stem string) []string) []string {
	dir, name := path.Split(rel)
	stem, _, _ := sidecar.Split(name)
	var rels []string
	for _, s := range []string{stem, name} {
		for _, candidate := range candidates(s) {
			rels = append(rels, dir+candidate)
		}
	}
	return rels
}

// displayPath is a path of a root for people to read.
func displayPath(root lora.Root, rel string) string {
	return guard.DisplayName(strings.TrimSuffix(root.Path, "/") + "/" + rel)
}
