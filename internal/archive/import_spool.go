package archive

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// maxSpooled bounds one line of a spool: a record of a catalog with all its texts.
const maxSpooled = 64 << 20

// spool keeps records in a file while an import waits, so that memory does not grow with
// what they hold.
type spool[T any] struct {
	file *guard.Writer
	buf  *bufio.Writer
	size int64
	n    int
}

func newSpool[T any](root *guard.Root, rel string) (*spool[T], error) {
	file, err := root.Create(rel)
	if err != nil {
		return nil, err
	}
	return &spool[T]{file: file, buf: bufio.NewWriterSize(file, 64<<10)}, nil
}

// add appends a record and says where it begins and how long it is.
func (s *spool[T]) add(record *T) (at, length int64, err error) {
	data, err := json.Marshal(record)
	if err != nil {
		return 0, 0, err
	}
	if len(data) > maxSpooled {
		return 0, 0, lora.Errorf(lora.TooLarge, "One record is larger than %d bytes.", maxSpooled)
	}
	at, length = s.size, int64(len(data))
	if _, err := s.buf.Write(append(data, '\n')); err != nil {
		return 0, 0, err
	}
	s.size += length + 1
	s.n++
	return at, length, nil
}

// read returns one record. Everything added must have been flushed.
func (s *spool[T]) read(at, length int64) (*T, error) {
	record := new(T)
	return record, json.NewDecoder(io.NewSectionReader(s.file, at, length)).Decode(record)
}

func (s *spool[T]) flush() error { return s.buf.Flush() }

// each returns a function that hands out all records in their order, and then io.EOF.
func (s *spool[T]) each() func() (*T, error) {
	decoder := json.NewDecoder(bufio.NewReaderSize(io.NewSectionReader(s.file, 0, s.size), 256<<10))
	return func() (*T, error) {
		record := new(T)
		if err := decoder.Decode(record); err != nil {
			return nil, err
		}
		return record, nil
	}
}

// visit calls do for all records.
func (s *spool[T]) visit(do func(*T) error) error {
	next := s.each()
	for {
		record, err := next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(record); err != nil {
			return err
		}
	}
}

func (s *spool[T]) close() {
	if s != nil {
		_ = s.file.Close() // its folder is removed
	}
}

// rawFacts are what an archived adapter does not carry as JSON of its own.
type rawFacts struct {
	RelPath    []byte         `json:"rel_path,omitempty"`
	RootPath   string         `json:"root_path,omitempty"`
	PreviewRel []byte         `json:"preview_rel,omitempty"`
	Stamp      lora.FileStamp `json:"stamp"`
}

func rawOf(a *lora.ArchivedAdapter) *rawFacts {
	if a == nil {
		return nil
	}
	return &rawFacts{[]byte(a.RelPath), a.RootPath, []byte(a.PreviewRel), a.Stamp}
}

func (r *rawFacts) into(a *lora.ArchivedAdapter) {
	if r != nil && a != nil {
		a.RelPath, a.RootPath, a.PreviewRel, a.Stamp = string(r.RelPath), r.RootPath, string(r.PreviewRel), r.Stamp
	}
}

// planned is an adapter of an import as its plan found it.
type planned struct {
	Incoming Incoming        `json:"incoming"`
	Raw      *rawFacts       `json:"raw"`
	Source   int             `json:"source"`
	Item     lora.ImportItem `json:"item"`
	Gain     []string        `json:"gain,omitempty"`
	Clash    []string        `json:"clash,omitempty"`
	Newer    bool            `json:"newer,omitempty"`
	// FileClash says that the adapter here has another file.
	FileClash bool `json:"file_clash,omitempty"`
	// HereRoot and HerePath are where the adapter here has, or had, its file.
	HereRoot string `json:"here_root,omitempty"`
	HerePath []byte `json:"here_path,omitempty"`
	// BringsPreview says that it brings a preview, and the adapter here has none.
	BringsPreview bool `json:"brings_preview,omitempty"`
	// ToRoot is the library folder its file would go to.
	ToRoot string `json:"to_root,omitempty"`
	// Number gives an adapter that is created a number where its name is taken.
	Number bool `json:"number,omitempty"`
}

func (one *planned) adapter() *lora.ArchivedAdapter { return one.Incoming.Record.Adapter }

func (one *planned) file(kind FileKind) *IncomingFile {
	for i := range one.Incoming.Files {
		if one.Incoming.Files[i].Kind == kind {
			return &one.Incoming.Files[i]
		}
	}
	return nil
}

// further is something of an import that is no adapter, as a line of an archive.
type further struct {
	Source int             `json:"source"`
	Kind   dataKind        `json:"kind,omitempty"` // empty for a file without a record
	Line   json.RawMessage `json:"line,omitempty"`
	Files  []IncomingFile  `json:"files,omitempty"`
}

// decidedStep is a step as the store takes it.
type decidedStep struct {
	Step lora.ImportStep `json:"step"` // of an adapter with its record, else without
	// Of an adapter: what its record does not show as JSON, and paths that are no text.
	Raw        *rawFacts `json:"raw,omitempty"`
	PlaceRel   []byte    `json:"place_rel,omitempty"`
	PreviewRel []byte    `json:"preview_rel,omitempty"`
	// Of everything else: its line.
	Kind dataKind        `json:"kind,omitempty"`
	Line json.RawMessage `json:"line,omitempty"`
}

// packed takes out of an adapter's step what JSON cannot hold.
func packed(step *lora.ImportStep) *decidedStep {
	d := &decidedStep{Step: *step, Raw: rawOf(step.Record.Adapter)}
	if step.Place != nil {
		d.PlaceRel, d.PreviewRel = []byte(step.Place.RelPath), []byte(step.Place.PreviewRel)
	}
	return d
}

func (d *decidedStep) unpack() (lora.ImportStep, error) {
	if d.Raw == nil { // no adapter
		if d.Kind == "" {
			return d.Step, nil // a file without a record
		}
		var err error
		d.Step.Record, err = decodeRecord(d.Kind, d.Line)
		return d.Step, err
	}
	d.Raw.into(d.Step.Record.Adapter)
	if d.Step.Place != nil {
		d.Step.Place.RelPath, d.Step.Place.PreviewRel = string(d.PlaceRel), string(d.PreviewRel)
	}
	return d.Step, nil
}

// entry is what is held in memory of a planned adapter.
type entry struct {
	at, length int64
	size       int64 // of the file that would be placed
	action     lora.ImportAction
	policy     lora.ConflictPolicy
	gains      bool
	newer      bool
	fileClash  bool
	places     bool // its file goes into a folder unless it is left out
	hasFile    bool
	root       string // that the file would go to
}
