package engine

import (
	"encoding/json"
	"fmt"
	"strings"

	"loramanager/internal/guard"
)

// a1111Reply is what a generation answers.
type a1111Reply struct {
	Info json.RawMessage `json:"info"`

	asked    int
	pictures [][]byte
}

// take keeps the pictures asked for. What follows them are the maps of control units.
func (r *a1111Reply) take(_ string, picture []byte) error {
	if len(r.pictures) < r.asked {
		r.pictures = append(r.pictures, picture)
	}
	return nil
}

// a1111Info is what the engine says about the pictures.
type a1111Info struct {
	seeds    []int64
	texts    []string
	extra    map[string]any
	readable bool // the engine said something in its own form
}

// readInfo reads info, which is JSON inside a string, an object, or a bare infotext.
func readInfo(raw json.RawMessage) a1111Info {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		if text = strings.TrimSpace(text); text == "" {
			return a1111Info{}
		}
		return a1111Info{texts: []string{text}}
	}
	info := a1111Info{readable: true}
	for _, m := range []struct {
		name string
		into any
	}{{"all_seeds", &info.seeds}, {"infotexts", &info.texts}, {"extra_generation_params", &info.extra}} {
		_ = json.Unmarshal(members[m.name], m.into) // of another shape it says nothing
	}
	return info
}

// seed is that of the i-th picture: as reported, else counted from the first.
func (i a1111Info) seed(index int, first int64) *int64 {
	seed := first + int64(index)
	if index < len(i.seeds) {
		seed = i.seeds[index]
	}
	return &seed
}

// text is the infotext of the i-th picture.
func (i a1111Info) text(index int) string {
	if index < len(i.texts) {
		return i.texts[index]
	}
	return ""
}

// loraFacts are the members under which the engines report the LoRAs they used.
var loraFacts = []string{"LoRA networks", "LoRA hashes", "Lora hashes"}

// missing are the LoRAs that were given a weight and are not among those the engine
// reports. An engine that reports nothing at all about the pictures misses none.
func (i a1111Info) missing(uses []Applied) []string {
	if !i.readable {
		return nil
	}
	var said strings.Builder
	for _, member := range loraFacts {
		fmt.Fprintf(&said, "%v\n", i.extra[member])
	}
	reported := strings.ToLower(said.String())
	var names []string
	for _, use := range uses {
		if use.Weight == 0 && len(use.TextEncoder) == 0 && len(use.Schedule) == 0 {
			continue
		}
		found := false
		for _, name := range append([]string{use.Handle.Name, handleStem(use.Handle.Path[strings.LastIndexByte(use.Handle.Path, '/')+1:])}, use.Handle.Aliases...) {
			found = found || name != "" && strings.Contains(reported, strings.ToLower(name))
		}
		if !found {
			names = append(names, guard.DisplayName(use.Name))
		}
	}
	return names
}
