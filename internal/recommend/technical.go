package recommend

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// shapeID names one combination of technical properties.
type shapeID uint32

// shape is what an adapter is technically. Adapters of one base model fit it and each
// other; its variants are trained from it and share its shapes.
type shape struct {
	base, variant, kind string
	rank                int // 0 when unknown
}

// shapes keep every combination once, so that a question judges each of them once.
type shapes struct {
	ids   map[shape]shapeID
	list  []shape
	forms [][]form // what people call each: base model, variant, kind
}

func newShapes() *shapes { return &shapes{ids: map[shape]shapeID{}} }

func (s *shapes) intern(f *lora.AdapterFacts) shapeID {
	base := strings.Clone(f.BaseModel)
	if base == "" {
		base = lora.UnknownBase
	}
	one := shape{base: base, variant: strings.Clone(f.BaseVariant), kind: strings.Clone(f.Kind), rank: min(max(f.Rank, 0), 1<<16)}
	if id, ok := s.ids[one]; ok {
		return id
	}
	id := shapeID(len(s.list)) //nolint:gosec // far fewer than 2^32
	s.ids[one] = id
	s.list = append(s.list, one)
	var names []form
	for _, name := range []string{one.base, baseNames()[one.base], one.flavor(), one.kind} {
		if name != "" {
			names = append(names, formOf(name))
		}
	}
	s.forms = append(s.forms, slices.Compact(slices.Sorted(slices.Values(names))))
	return id
}

// Technical scores. Adapters of one base model can always be loaded together; those of
// one variant of it were made for the same words and looks.
const (
	sameVariant    = 1.0
	relatedVariant = 0.9 // Illustrious and NoobAI: the second was trained from the first
	plainVariant   = 0.8 // one of both does not say a variant
	otherVariant   = 0.5
	unknownBase    = 0.25 // one of both bases is not known
	otherBase      = 0.0  // cannot be loaded
	basePart       = 0.85
	kindPart       = 0.1
	rankPart       = 0.05
)

func (s shape) known() bool { return s.base != lora.UnknownBase }

// fit says how well two adapters go together technically, 0..1.
func (s shape) fit(other shape) float32 {
	base := s.baseFit(other)
	if base == otherBase {
		return 0
	}
	kind, rank := 0.5, 0.5
	if s.kind != "" && other.kind != "" && s.kind != "unknown" && other.kind != "unknown" {
		kind = 0
		if s.kind == other.kind {
			kind = 1
		}
	}
	if s.rank > 0 && other.rank > 0 { // each doubling costs a fifth
		rank = max(0, 1-math.Abs(math.Log2(float64(s.rank)/float64(other.rank)))/5)
	}
	return float32(basePart*base + kindPart*kind + rankPart*rank)
}

func (s shape) baseFit(other shape) float64 {
	switch {
	case !s.known() || !other.known():
		return unknownBase
	case s.base != other.base:
		return otherBase
	}
	mine, theirs := s.flavor(), other.flavor()
	switch {
	case mine == theirs:
		return sameVariant
	case mine == "" || theirs == "":
		return plainVariant
	case (mine == "illustrious" || mine == "noobai") && (theirs == "illustrious" || theirs == "noobai"):
		return relatedVariant
	}
	return otherVariant
}

// faster are variants that say how few steps a model takes, not what it was trained on.
var faster = []string{"lightning", "hyper", "turbo", "lcm"}

// flavor is the variant without what is only about speed.
func (s shape) flavor() string {
	if s.variant == "" {
		return ""
	}
	words := strings.Fields(s.variant)
	words = slices.DeleteFunc(words, func(w string) bool { return slices.Contains(faster, w) })
	return strings.Join(words, " ")
}

// words says what the fit of a candidate rests on.
func (s shape) words(candidate shape) string {
	switch {
	case !candidate.known():
		return "Its base model is not known: it may not load."
	case !s.known():
		return fmt.Sprintf("Made for %s; the base model to compare with is not known.", candidate.title())
	case s.base != candidate.base:
		return fmt.Sprintf("Made for %s, not for %s.", candidate.title(), s.title())
	case s.flavor() == candidate.flavor():
		return fmt.Sprintf("Made for %s, too.", candidate.title())
	case s.flavor() == "" || candidate.flavor() == "":
		return fmt.Sprintf("Made for %s, which shares the base model.", candidate.title())
	}
	return fmt.Sprintf("Made for %s: loads beside %s, but was trained on another variant.", candidate.title(), s.title())
}

// title is how people call the base model.
func (s shape) title() string {
	name := s.base
	if known, ok := baseNames()[s.base]; ok {
		name = known
	}
	if s.variant != "" {
		return name + " (" + s.variant + ")"
	}
	return name
}

var baseNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for _, b := range inspect.Bases() {
		names[b.ID] = b.Name
	}
	return names
})
