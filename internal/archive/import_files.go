package archive

import (
	"context"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// filesSource are adapter files with what lies beside them, in their folders. What they
// are is found out by the library when they are in their place; here only their names
// and their content count.
type filesSource struct {
	files []given
	notes []string
}

// newFilesSource refuses, with Invalid, files among which there is no adapter.
func newFilesSource(files []given) (*filesSource, error) {
	slices.SortFunc(files, func(a, b given) int { return strings.Compare(a.rel, b.rel) })
	s := &filesSource{files: files}
	if !slices.ContainsFunc(files, func(g given) bool { return isAdapterName(path.Base(g.rel)) }) {
		return nil, lora.FieldErrorf(lora.Invalid, "upload_ids", "%s is neither an archive nor an adapter file.", guard.DisplayName(files[0].rel))
	}
	return s, nil
}

// Name implements Source.
func (s *filesSource) Name() string {
	if len(s.files) == 1 {
		return path.Base(s.files[0].rel)
	}
	return strconv.Itoa(len(s.files)) + " files"
}

// Notes implements Source.
func (s *filesSource) Notes() []string { return s.notes }

// Close implements Source.
func (s *filesSource) Close() error { return nil }

// Verify implements Source: files carry no checksums.
func (s *filesSource) Verify(context.Context, func(string) bool, func(int64)) error { return nil }

// Open implements Source.
func (s *filesSource) Open(_ context.Context, file IncomingFile) (io.ReadCloser, error) {
	i, err := strconv.Atoi(file.Member)
	if err != nil || i < 0 || i >= len(s.files) {
		return nil, lora.Errorf(lora.Internal, "The source has no file %q.", file.Member)
	}
	return s.files[i].open()
}

// Records implements Source.
func (s *filesSource) Records(ctx context.Context, each func(Incoming) error) error {
	folders := make(map[string]map[string]int) // stems of adapters, to their files
	for i := range s.files {
		dir, base := path.Split(s.files[i].rel)
		if stem, role, _ := sidecar.Split(base); role == sidecar.Adapter {
			if folders[dir] == nil {
				folders[dir] = make(map[string]int)
			}
			folders[dir][stem] = i
		}
	}
	beside, left := s.beside(folders)
	for i := range s.files {
		if !isAdapterName(path.Base(s.files[i].rel)) {
			continue
		}
		in, err := s.record(i, beside[i])
		if err != nil {
			return err
		}
		if err := each(in); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
	}
	if left > 0 {
		s.notes = append(s.notes, strconv.Itoa(left)+" files belong to no adapter file and are left out.")
	}
	return nil
}

// beside finds the sidecars and previews of each adapter by their names.
func (s *filesSource) beside(folders map[string]map[string]int) (of map[int][]int, left int) {
	of = make(map[int][]int)
	for i := range s.files {
		dir, base := path.Split(s.files[i].rel)
		if isAdapterName(base) {
			continue
		}
		stem, role, _ := sidecar.Match(base, func(stem string) bool { _, ok := folders[dir][stem]; return ok })
		if role == sidecar.Other {
			left++
			continue
		}
		of[folders[dir][stem]] = append(of[folders[dir][stem]], i)
	}
	return of, left
}

func (s *filesSource) record(i int, beside []int) (Incoming, error) {
	rel := s.files[i].rel
	stem, _, _ := sidecar.Split(path.Base(rel))
	primary, err := s.file(FilePrimary, i)
	if err != nil {
		return Incoming{}, err
	}
	a := &lora.ArchivedAdapter{RelPath: rel}
	a.Name, a.FileName, a.Weight, a.Visibility = guard.DisplayName(stem), guard.DisplayName(path.Base(rel)), 1, "Public"
	a.Sources = map[string]lora.Source{"name": lora.FromFile}
	in := Incoming{
		Record: lora.ArchiveRecord{Adapter: a}, Files: []IncomingFile{primary}, Fields: []string{},
		ByContent: true, Origin: "upload", Detail: guard.DisplayName(path.Base(rel)),
	}
	for _, j := range beside {
		kind := FileSidecar
		if _, role, _ := sidecar.Match(path.Base(s.files[j].rel), func(s string) bool { return s == stem }); role == sidecar.Preview {
			kind = FilePreview
		}
		file, err := s.file(kind, j)
		if err != nil {
			return Incoming{}, err
		}
		in.Files = append(in.Files, file)
	}
	return in, nil
}

func (s *filesSource) file(kind FileKind, i int) (IncomingFile, error) {
	file, err := s.files[i].open()
	if err != nil {
		return IncomingFile{}, err
	}
	return IncomingFile{Kind: kind, Name: path.Base(s.files[i].rel), Member: strconv.Itoa(i), Size: file.Size()}, file.Close()
}
