package movein

import (
	"context"
	"errors"
	"io"
	"slices"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// Manager is a program whose work can be moved in.
type Manager string

// The managers, in the order in which what they say about one field is trusted.
const (
	A1111           Manager = "a1111" // A1111 and Forge
	LoraManager     Manager = "comfyui-lora-manager"
	InvokeAI        Manager = "invokeai"
	Prototype       Manager = "prototype"
	SDNext          Manager = "sdnext"
	StabilityMatrix Manager = "stability-matrix"
	SwarmUI         Manager = "swarmui"
	CivitaiHelper   Manager = "civitai-helper"
)

// Managers returns all of them in that order.
func Managers() []Manager {
	return []Manager{A1111, LoraManager, InvokeAI, Prototype, SDNext, StabilityMatrix, SwarmUI, CivitaiHelper}
}

// managerOf tells which program writes a format of sidecars.
var managerOf = map[sidecar.Format]Manager{
	sidecar.A1111: A1111, sidecar.LoraManager: LoraManager, sidecar.Prototype: Prototype, sidecar.SDNext: SDNext,
	sidecar.StabilityMatrix: StabilityMatrix, sidecar.SwarmUI: SwarmUI, sidecar.Civitai: CivitaiHelper,
}

// Found is what one manager left in a folder.
type Found struct {
	Manager  Manager  `json:"manager" enum:"a1111,comfyui-lora-manager,invokeai,prototype,sdnext,stability-matrix,swarmui,civitai-helper"`
	Path     string   `json:"path" doc:"The folder that was looked at, or the database"`
	Adapters int      `json:"adapters" doc:"Adapters it says something about"`
	With     []Count  `json:"with" nullable:"false" doc:"What it says, and of how many"`
	Notes    []string `json:"notes" nullable:"false" doc:"What cannot come over, or could not be read"`
}

// Count is how many things of one sort there are.
type Count struct {
	What  string `json:"what" doc:"A field of adapters by its wire name, or files, previews, compositions, jobs"`
	Count int    `json:"count"`
}

// Record is one thing that a manager left, with the files beside it.
type Record struct {
	Record  lora.ArchiveRecord
	Files   []File
	Fields  []string // of an adapter: the fields the manager speaks of, by wire name
	Manager Manager
	Note    string // what the user should know of it, a sentence
}

// File is a file beside a record.
type File struct {
	Kind   string // primary or preview
	Name   string // base name
	Member string // by which Open finds it
	Size   int64
	SHA256 string // as the manager states it, lower-case hex; empty when it does not
}

// Source is what some managers left in one place. It is read by one goroutine at a time.
type Source struct {
	root     *guard.Root // nil for a database of its own
	managers []Manager
	readers  []reader
	notes    noteList
	label    string
	database io.Closer // of a Source that is one
}

// reader is one part of a Source: a tree of sidecars, a database.
type reader interface {
	records(ctx context.Context, s *Source, each func(Record) error) error
}

// Open prepares to read what the given managers left in a folder; nil takes all. The
// Source owns the root from then on. It fails with Invalid for a manager nobody knows.
func Open(root *guard.Root, managers []Manager) (*Source, error) {
	if len(managers) == 0 {
		managers = Managers()
	}
	for _, m := range managers {
		if !slices.Contains(Managers(), m) {
			return nil, lora.FieldErrorf(lora.Invalid, "managers", "%q is no manager that can be moved in from.", string(m))
		}
	}
	s := &Source{root: root, managers: managers, label: root.Path()}
	s.readers = []reader{&tree{}}
	return s, nil
}

// Name says what is moved in, for a person.
func (s *Source) Name() string { return s.label }

// wants reports whether a manager was asked for.
func (s *Source) wants(m Manager) bool { return slices.Contains(s.managers, m) }

// Records hands over adapters first, then compositions, then jobs. Reading it again
// says the same while nothing changes on the disk. An error of each ends it.
func (s *Source) Records(ctx context.Context, each func(Record) error) error {
	s.notes = noteList{}
	for _, r := range s.readers {
		if err := r.records(ctx, s, each); err != nil {
			return err
		}
	}
	return nil
}

// OpenFile opens a file that a record named, below the folder.
func (s *Source) OpenFile(f File) (io.ReadCloser, error) {
	if s.root == nil {
		return nil, lora.Errorf(lora.NotFound, "A database holds no adapter files.")
	}
	return s.root.Open(f.Member)
}

// Notes are sentences about the whole; they are complete when Records has returned.
func (s *Source) Notes() []string { return s.notes.texts }

// Close releases the folder or the database.
func (s *Source) Close() error {
	if s.database != nil {
		return s.database.Close()
	}
	return s.root.Close()
}

// sentence is what an error says to a person.
func sentence(err error) string {
	var e *lora.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return "It could not be read."
}

// maxNotes bounds what is said about one place.
const maxNotes = 100

// noteList collects sentences, each once.
type noteList struct {
	texts []string
}

func (n *noteList) add(sentence string) {
	switch {
	case slices.Contains(n.texts, sentence), len(n.texts) > maxNotes:
	case len(n.texts) == maxNotes:
		n.texts = append(n.texts, "More could not be read; these are the first.")
	default:
		n.texts = append(n.texts, sentence)
	}
}
