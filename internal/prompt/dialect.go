package prompt

import (
	"strings"

	"loramanager/internal/lora"
)

// Dialect is one way to spell an adapter for an engine.
type Dialect string

// The dialects. SDCpp is the list that the HTTP API of stable-diffusion.cpp takes,
// SDCppCLI the tags its command line reads.
const (
	A1111           Dialect = "a1111" // Forge too, with lora-block-weight
	SDNext          Dialect = "sdnext"
	SwarmUI         Dialect = "swarmui"
	ComfyUI         Dialect = "comfyui" // text for nodes that read tags
	StabilityMatrix Dialect = "stabilitymatrix"
	InvokeAI        Dialect = "invokeai"
	SDCpp           Dialect = "sdcpp"
	SDCppCLI        Dialect = "sdcpp-cli"
)

// Dialects are the seven dialects people choose from, in the order they are shown.
func Dialects() []Dialect {
	return []Dialect{A1111, SDNext, SwarmUI, ComfyUI, StabilityMatrix, InvokeAI, SDCpp}
}

// DialectOf reads the name of a dialect; the empty name is A1111. It fails with an
// Invalid error that names the field "dialect".
func DialectOf(name string) (Dialect, error) {
	if name == "" {
		return A1111, nil
	}
	if _, known := grammars[Dialect(name)]; known {
		return Dialect(name), nil
	}
	var names []string
	for _, d := range Dialects() {
		names = append(names, string(d))
	}
	return "", lora.FieldErrorf(lora.Invalid, "dialect", "There is no dialect %q. Choose one of %s.", name, strings.Join(names, ", "))
}

// Label is how people call the dialect.
func (d Dialect) Label() string { return grammars[d].label }

// Structured reports whether adapters go beside the text instead of into it.
func (d Dialect) Structured() bool { return grammars[d].structured }

// grammar is all that makes one dialect differ from another.
type grammar struct {
	label      string
	structured bool
	sections   bool   // reads <base>, <refiner> and the like
	reserved   string // characters that an adapter's name cannot hold inside a tag
	can        []string
	// read fills the use from what stands between the colons of a tag.
	read func(r *reader, fields []string, use *lora.Use)
	// write spells the use as a tag.
	write func(w *writer, use lora.Use) string
}

// grammars is set by init because the functions in it look the table up themselves.
var grammars map[Dialect]grammar

func init() {
	grammars = map[Dialect]grammar{
		A1111: {
			label: "A1111 / Forge", reserved: ":>=", read: readA1111, write: writeA1111,
			can: []string{featureTextEncoder, featureBlocks, featurePreset, featureElements, featureSteps, featureRankCap},
		},
		SDNext: {
			label: "SD.Next", reserved: ":>=", read: readSDNext, write: writeSDNext,
			can: []string{featureTextEncoder, featureThirds, featureSchedule, featureRankCap, featureExpert, featureModule},
		},
		SwarmUI: {
			label: "SwarmUI", reserved: ":<>", sections: true, read: readBackboneFirst, write: writeBackboneFirst,
			can: []string{featureTextEncoder, featureSections},
		},
		ComfyUI: {
			label: "ComfyUI", reserved: ":>", read: readBackboneFirst, write: writeBackboneFirst,
			can: []string{featureTextEncoder},
		},
		StabilityMatrix: {
			label: "Stability Matrix", reserved: ":>", read: readOneWeight, write: writeOneWeight,
		},
		InvokeAI: {label: "InvokeAI", structured: true},
		SDCpp: {
			label: "stable-diffusion.cpp", structured: true, read: readSDCpp,
			can: []string{featureExpert},
		},
		SDCppCLI: {
			label: "the stable-diffusion.cpp command line", reserved: ":>|", read: readSDCpp, write: writeSDCpp,
			can: []string{featureExpert},
		},
	}
}
