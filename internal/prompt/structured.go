package prompt

import (
	"encoding/json"
	"strings"

	"loramanager/internal/lora"
)

// InvokeLoRA is an adapter as InvokeAI's graphs take it. LoRA is the name; InvokeAI's own
// key is looked up where the graph is built.
type InvokeLoRA struct {
	LoRA   string  `json:"lora"`
	Weight float64 `json:"weight"`
}

// SDCppLoRA is an adapter as the HTTP API of stable-diffusion.cpp takes it. Path is the
// name; the path the engine lists is looked up where the request is made.
type SDCppLoRA struct {
	Path        string  `json:"path"`
	Multiplier  float64 `json:"multiplier"`
	IsHighNoise bool    `json:"is_high_noise"`
}

const highNoise = "|high_noise|"

// readSDCpp reads [|high_noise|]path:multiplier.
func readSDCpp(r *reader, fields []string, use *lora.Use) {
	if path, ok := strings.CutPrefix(use.Name, highNoise); ok {
		use.Name, use.Expert, r.adapter = path, "high", path
	}
	if len(fields) == 0 {
		r.find(BadNumber, "The tag of %s has no multiplier, without which stable-diffusion.cpp ignores it; 1 is used.", r.adapter)
	}
	readOneWeight(r, fields, use)
}

// writeSDCpp writes the tag of the command line.
func writeSDCpp(w *writer, use lora.Use) string {
	if use.Expert == "high" {
		use.Name = highNoise + use.Name
	}
	return writeOneWeight(w, use)
}

// structure lists the adapters for a dialect that takes them beside the text.
func structure(dialect Dialect, uses []lora.Use) any {
	if dialect == InvokeAI {
		list := make([]InvokeLoRA, 0, len(uses))
		for _, use := range uses {
			list = append(list, InvokeLoRA{LoRA: use.Name, Weight: use.Weight})
		}
		return list
	}
	// Multipliers of one path add up, as they do when tags are repeated.
	type target struct {
		path string
		high bool
	}
	list, places := make([]SDCppLoRA, 0, len(uses)), map[target]int{}
	for _, use := range uses {
		to := target{use.Name, use.Expert == "high"}
		if at, repeated := places[to]; repeated {
			list[at].Multiplier = finite(list[at].Multiplier + use.Weight)
			continue
		}
		places[to] = len(list)
		list = append(list, SDCppLoRA{Path: to.path, Multiplier: use.Weight, IsHighNoise: to.high})
	}
	return list
}

// ParseStructured reads words and the JSON list of adapters that goes with them in a
// structured dialect, the way Print gives them; InvokeAI's lists may also name the
// adapter as model, as a string or an object with a name. It fails with an Invalid error
// that names the field "structure".
func ParseStructured(dialect Dialect, words string, list []byte) (Prompt, error) {
	var entries []struct {
		LoRA       modelName `json:"lora"`
		Model      modelName `json:"model"`
		Path       string    `json:"path"`
		Weight     *float64  `json:"weight"`
		Multiplier *float64  `json:"multiplier"`
		HighNoise  bool      `json:"is_high_noise"`
	}
	if err := json.Unmarshal(list, &entries); err != nil {
		return Prompt{}, &lora.Error{
			Code: lora.Invalid, Field: "structure", Err: err,
			Message: "The list of adapters for " + dialect.Label() + " cannot be read: it must be a JSON list of objects.",
		}
	}
	p := Prompt{}
	if words != "" {
		p.Parts = append(p.Parts, Part{Kind: Words, Text: words})
	}
	for i, e := range entries {
		use := lora.Use{Weight: 1}
		for _, name := range []string{string(e.LoRA), string(e.Model), e.Path} {
			if use.Name == "" {
				use.Name = name
			}
		}
		if use.Name == "" {
			return Prompt{}, lora.FieldErrorf(lora.Invalid, "structure", "Entry %d of the list names no adapter.", i+1)
		}
		for _, weight := range []*float64{e.Multiplier, e.Weight} {
			if weight != nil {
				use.Weight = *weight
			}
		}
		if e.HighNoise {
			use.Expert = "high"
		}
		p.Parts = append(p.Parts, Part{Kind: Tag, Use: use})
	}
	return p, nil
}

// modelName is a name that stands alone or inside an object.
type modelName string

// UnmarshalJSON reads both shapes.
func (m *modelName) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] != '{' {
		return json.Unmarshal(data, (*string)(m))
	}
	var object struct {
		Name string `json:"name"`
	}
	err := json.Unmarshal(data, &object)
	*m = modelName(object.Name)
	return err
}
