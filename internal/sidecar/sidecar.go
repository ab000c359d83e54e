package sidecar

import (
	"bytes"
	"errors"
	"strings"
	"time"
)

// Format names the program whose layout a sidecar has.
type Format string

// The formats that Parse understands.
const (
	Civitai         Format = "civitai"          // X.civitai.info, also as other helpers write it
	A1111           Format = "a1111"            // X.json, user metadata of the A1111 family
	LoraManager     Format = "lora-manager"     // X.metadata.json of ComfyUI-Lora-Manager
	StabilityMatrix Format = "stability-matrix" // X.cm-info.json
	SwarmUI         Format = "swarmui"          // X.swarm.json
	SDNext          Format = "sdnext"           // X.json, a whole model as Civitai describes it
	Prototype       Format = "prototype"        // X.json of this program's first version
)

// ErrUnrelated says that the JSON is sound but does not describe an adapter: a
// workflow, a package list, a training configuration.
var ErrUnrelated = errors.New("the file does not describe an adapter")

// Sidecar is what one file beside an adapter says about it. Empty strings, nil slices
// and nil pointers mean that it says nothing.
type Sidecar struct {
	Format         Format
	Name           string
	Version        string
	Description    string // plain text or HTML
	Author         string
	Tags           []string
	TrainedWords   []string // in the order of the file; one entry may hold several words
	ActivationText string   // what the user of A1111 has inserted with the adapter
	NegativeText   string
	Weight         *float64
	WeightMin      *float64
	WeightMax      *float64
	BaseModel      string // as the file spells it
	NSFWLevel      *int   // Civitai's bits: 1 PG, 2 PG-13, 4 R, 8 X, 16 XXX, 32 blocked
	Notes          string
	SourceURL      string
	Favorite       *bool
	Rating         *int // 1 to 5, from people's own scripts; no format prescribes it
	PublishedAt    *time.Time
	// Digests are the digests the file claims, lower-case hex, by kind: sha256,
	// autov1, autov2, autov3, blake3, crc32, modelspec.
	Digests            map[string]string
	PrimaryFile        *File
	PreviewURLs        []string
	Stats              map[string]any
	Extra              map[string]any // SDNext and Prototype: the keys that have no field here
	SupportsGeneration *bool
	ModelID            int64 // Civitai's ids; 0 when unknown
	VersionID          int64
}

// File is the file a sidecar says it belongs to.
type File struct {
	Name        string
	SizeKB      *int // kibibytes, rounded half to even
	DownloadURL string
	SHA256      string // as written, which may be anything
}

// Parse reads the sidecar called name (a base name; it decides between formats and
// picks the right file of a model with several). It returns ErrUnrelated for JSON
// about something else and a *lora.Error, Invalid or TooLarge, for what is no JSON.
func Parse(name string, data []byte) (*Sidecar, error) {
	o, err := decode(data)
	if err != nil {
		return nil, err
	}
	stem, _, _ := Split(name)
	if inner, role, _ := Split(stem); role == Adapter { // "x.safetensors.json"
		stem = inner
	}
	format, ok := recognise(strings.ToLower(name), o)
	if !ok {
		return nil, ErrUnrelated
	}
	s := &Sidecar{Format: format}
	switch format {
	case Civitai:
		s.readVersion(o, o, stem)
	case A1111:
		s.readA1111(o)
	case LoraManager:
		s.readLoraManager(o, stem)
	case StabilityMatrix:
		s.readStabilityMatrix(o)
	case SwarmUI:
		s.readSwarm(o)
	case SDNext, Prototype:
		s.readModel(o, stem)
	}
	if stars := o.integer("rating"); stars >= 1 && stars <= 5 && format != Civitai {
		rating := int(stars)
		s.Rating = &rating
	}
	return s, nil
}

// NamedFile returns the name of the file that a whole model's JSON says it describes:
// the primary file of its first version. It is empty for every other JSON, and for most
// of those without parsing.
func NamedFile(data []byte) string {
	if !bytes.Contains(data, []byte(`"modelVersions"`)) {
		return ""
	}
	o, err := decode(data)
	if err != nil {
		return ""
	}
	versions := o.objects("modelVersions")
	if len(versions) == 0 {
		return ""
	}
	return primaryOf(versions[0].objects("files")).text("name")
}
