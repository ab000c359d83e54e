package archive

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	// maxMetadata bounds one metadata.json, maxLine one line of a member of data/.
	maxMetadata = 16 << 20
	maxLine     = 32 << 20
	zipMagic    = "PK\x03\x04"
)

// archiveSource is an archive of this program or of the prototype.
type archiveSource struct {
	name   string
	file   *guard.File
	zip    *guard.ZipReader
	sealed bool
	limits guard.Limits
	notes  []string
	head   manifestHead
	images map[string]string // members of pictures, by digest
}

// openArchive opens a file as an archive. nil says that it is none; an error names it.
func (a *Archive) openArchive(one given, keys guard.AgeKeys) (Source, error) {
	name := path.Base(one.rel)
	if isAdapterName(name) {
		return nil, nil // some formats of adapters are ZIP files too
	}
	file, err := one.open()
	if err != nil {
		return nil, err
	}
	lower := strings.ToLower(name)
	encrypted := guard.IsAge(file) || strings.HasSuffix(lower, ".age")
	if !encrypted && !strings.HasSuffix(lower, ".zip") && !beginsAsZip(file) {
		return nil, file.Close()
	}
	s := &archiveSource{name: name, file: file, limits: a.options.Limits}
	if err := s.open(encrypted, keys); err != nil {
		return nil, errors.Join(named(s, err), file.Close())
	}
	return s, nil
}

func beginsAsZip(from io.ReaderAt) bool {
	var head [len(zipMagic)]byte
	_, err := from.ReadAt(head[:], 0)
	return err == nil && string(head[:]) == zipMagic
}

func (s *archiveSource) open(encrypted bool, keys guard.AgeKeys) (err error) {
	var from io.ReaderAt = s.file
	size := s.file.Size()
	if encrypted {
		if from, size, err = guard.OpenAge(s.file, size, keys); err != nil {
			return err
		}
	}
	s.zip, err = guard.OpenZip(from, size, s.limits)
	return err
}

// Name implements Source.
func (s *archiveSource) Name() string { return s.name }

// Notes implements Source.
func (s *archiveSource) Notes() []string { return s.notes }

// Close implements Source.
func (s *archiveSource) Close() error { return s.file.Close() }

// Open implements Source. The archive's own checks end the reading of a damaged member.
func (s *archiveSource) Open(_ context.Context, file IncomingFile) (io.ReadCloser, error) {
	return s.zip.Open(file.Member)
}

// Verify implements Source.
func (s *archiveSource) Verify(ctx context.Context, read func(string) bool, progress func(int64)) error {
	var members []string
	s.zip.Names(func(f guard.ZipFile) bool {
		if !read(f.Name) {
			members = append(members, f.Name)
		}
		return true
	})
	if s.sealed {
		if err := s.zip.CheckSeal(ctx); err != nil {
			return err
		}
	}
	for _, name := range members {
		if err := s.verify(ctx, name, progress); err != nil {
			return err
		}
	}
	return nil
}

func (s *archiveSource) verify(ctx context.Context, name string, progress func(int64)) error {
	from, err := s.zip.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	_, err = io.Copy(io.Discard, &watched{ctx, from, progress})
	return err
}

// watched reads until the context ends and tells how much it read.
type watched struct {
	ctx  context.Context //nolint:containedctx // lives as long as one copy
	from io.Reader
	tell func(int64)
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	n, err := w.from.Read(p)
	w.tell(int64(n))
	return n, err
}

// Records implements Source.
func (s *archiveSource) Records(ctx context.Context, each func(Incoming) error) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	manifest, err := s.zip.Open(guard.ZipManifest)
	if lora.CodeOf(err) == lora.NotFound {
		return lora.FieldErrorf(lora.Invalid, guard.ZipManifest, "Archive missing manifest.json.")
	}
	if err != nil {
		return err
	}
	defer func() { _ = manifest.Close() }() // only read
	s.findImages()
	err = readManifest(manifest, s.limits.ManifestBytes, s.takeHead, func(m manifestAdapter) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		in, err := s.adapter(&m)
		if err != nil {
			return err
		}
		return each(in)
	})
	for _, kind := range dataKinds {
		if err != nil {
			return err
		}
		err = s.lines(ctx, kind, each)
	}
	if err == nil {
		err = s.wildcards(each)
	}
	return err
}

// check looks at the seal first, so that a damaged archive is not planned at length.
func (s *archiveSource) check(ctx context.Context) error {
	if s.sealed = s.zip.Sealed(); !s.sealed {
		s.notes = append(s.notes, guard.DisplayName(s.name)+" carries no checksums. Damage of its files can be noticed, but not with certainty.")
		return nil
	}
	if err := s.zip.CheckSeal(ctx); err != nil {
		return err
	}
	return s.zip.LoadChecksums()
}

func (s *archiveSource) takeHead(h manifestHead) error {
	s.head = h
	if h.Elsewhere != "" {
		return lora.Errorf(lora.Invalid, "%s is an incremental backup, and what it stands on is not in it. Download it complete, and import that.", guard.DisplayName(s.name))
	}
	return nil
}

func (s *archiveSource) findImages() {
	s.images = make(map[string]string)
	s.zip.Names(func(f guard.ZipFile) bool {
		if name, ok := strings.CutPrefix(f.Name, imagesFolder); ok {
			sha, _, _ := strings.Cut(name, ".")
			if raw, err := hex.DecodeString(sha); err == nil && len(raw) == 32 && sha == strings.ToLower(sha) {
				s.images[sha] = f.Name
			}
		}
		return true
	})
}

// adapter reads one adapter that the manifest lists.
func (s *archiveSource) adapter(m *manifestAdapter) (Incoming, error) {
	data, err := s.member(m.MetadataPath, maxMetadata)
	if lora.CodeOf(err) == lora.NotFound {
		return Incoming{}, s.missing(m.MetadataPath, "Metadata file missing: ")
	}
	if err != nil {
		return Incoming{}, err
	}
	if !json.Valid(data) {
		return Incoming{}, lora.FieldErrorf(lora.Invalid, m.MetadataPath, "Invalid metadata JSON for adapter %s.", guard.DisplayName(m.ID))
	}
	a, fields, err := decodeAdapter(data)
	if err != nil {
		return Incoming{}, about(m.MetadataPath, err)
	}
	in := Incoming{Record: lora.ArchiveRecord{Adapter: &a}, Origin: "archive", Detail: guard.DisplayName(s.name), SourceID: guard.DisplayName(m.ID)}
	if a.Origin != "" { // where it came from at first
		in.Origin, in.Detail = a.Origin, a.OriginDetail
	}
	if s.head.Format == formatName {
		fields = nil
	} else {
		s.adopt(&a, m)
	}
	in.Fields = fields
	tidy(&a)
	in.Files, err = s.files(m)
	return in, err
}

// adopt makes of an adapter of the prototype one of ours. Its paths lead nowhere here, and
// its ids are not always ids.
func (s *archiveSource) adopt(a *lora.ArchivedAdapter, m *manifestAdapter) {
	if a.ID == "" {
		a.ID = m.ID
	}
	if id, err := uuid.Parse(a.ID); err != nil || id.String() != a.ID {
		a.ID = ""
	}
	a.RelPath, a.RootPath, a.RootID, a.Folder, a.FileName = "", "", "", "", ""
	a.FilePath, a.PrimaryFileLocalPath, a.JSONFilePath, a.JSONFileMtime, a.JSONFileSize = "", nil, nil, nil, nil
	for _, f := range m.Files {
		if kindOf(f.Kind) == FilePrimary {
			a.FileName = cleanName(f.OriginalName, "adapter.safetensors")
			a.RelPath = a.FileName
			break
		}
	}
}

// tidy makes texts of an archive safe to keep.
func tidy(a *lora.ArchivedAdapter) {
	if a.Description != nil {
		safe := guard.SafeHTML(*a.Description)
		a.Description = &safe
	}
	a.Name = strings.TrimSpace(guard.DisplayName(a.Name))
}

// kindOf reads the kinds of manifests: the prototype names a second path of the same file
// primary_local.
func kindOf(kind FileKind) FileKind {
	if kind == "primary_local" {
		return FilePrimary
	}
	return kind
}

// files lists the files of an adapter that are in the archive.
func (s *archiveSource) files(m *manifestAdapter) ([]IncomingFile, error) {
	var files []IncomingFile
	primary := false
	for _, f := range m.Files {
		if !f.Exists {
			continue
		}
		stat, err := s.zip.Stat(f.ArchivePath)
		if err != nil {
			return nil, s.missing(f.ArchivePath, "Archive missing declared file: ")
		}
		kind := kindOf(f.Kind)
		if kind != FilePrimary && kind != FileSidecar && kind != FilePreview || kind == FilePrimary && primary {
			continue
		}
		primary = primary || kind == FilePrimary
		name := f.OriginalName
		if name == "" {
			name = path.Base(f.ArchivePath)
		}
		file := IncomingFile{Kind: kind, Name: cleanName(name, "file"), Member: f.ArchivePath, Size: stat.Size}
		if sum, ok := s.zip.Checksum(f.ArchivePath); ok {
			file.SHA256 = hex.EncodeToString(sum[:])
		}
		if f.SHA256 != "" && file.SHA256 != "" && !strings.EqualFold(f.SHA256, file.SHA256) {
			return nil, lora.FieldErrorf(lora.Invalid, f.ArchivePath, "The manifest and the list of checksums differ about %s.", guard.DisplayName(f.ArchivePath))
		}
		files = append(files, file)
	}
	return files, nil
}

// missing says why a member that the manifest names cannot be had.
func (s *archiveSource) missing(member, otherwise string) error {
	if !filepath.IsLocal(filepath.FromSlash(member)) || strings.Contains(member, `\`) {
		return lora.FieldErrorf(lora.Invalid, member, "Unsafe archive path detected: %s.", guard.DisplayName(member))
	}
	return lora.FieldErrorf(lora.Invalid, member, "%s%s.", otherwise, guard.DisplayName(member))
}

func about(member string, err error) error {
	var e *lora.Error
	if !errors.As(err, &e) {
		return err
	}
	return &lora.Error{Code: e.Code, Field: member, Message: guard.DisplayName(member) + ": " + e.Message, Err: e.Err}
}

// member reads a whole member.
func (s *archiveSource) member(name string, limit int64) ([]byte, error) {
	stat, err := s.zip.Stat(name)
	if err != nil {
		return nil, err
	}
	if stat.Size > limit {
		return nil, lora.FieldErrorf(lora.TooLarge, name, "%s is larger than %d bytes.", guard.DisplayName(name), limit)
	}
	from, err := s.zip.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = from.Close() }() // only read
	return io.ReadAll(from)
}

// lines hands over the records of one kind.
func (s *archiveSource) lines(ctx context.Context, kind dataKind, each func(Incoming) error) error {
	from, err := s.zip.Open(kind.member())
	if lora.CodeOf(err) == lora.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	scanner := bufio.NewScanner(from)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		record, err := decodeRecord(kind, scanner.Bytes())
		if err != nil {
			return err
		}
		if err := each(Incoming{Record: record, Files: s.pictures(&record)}); err != nil {
			return err
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return lora.FieldErrorf(lora.TooLarge, kind.member(), "%s has a line longer than %d bytes.", kind.member(), maxLine)
	}
	return scanner.Err()
}

// pictures lists those of a job that the archive has.
func (s *archiveSource) pictures(record *lora.ArchiveRecord) []IncomingFile {
	if record.Job == nil {
		return nil
	}
	var files []IncomingFile
	for _, images := range [][]lora.Image{record.Job.Images, record.Inputs} {
		for _, image := range images {
			member, ok := s.images[image.SHA256]
			if !ok {
				continue
			}
			if stat, err := s.zip.Stat(member); err == nil {
				files = append(files, IncomingFile{Kind: FilePicture, Name: path.Base(member), Member: member, Size: stat.Size, SHA256: image.SHA256})
			}
		}
	}
	return files
}
