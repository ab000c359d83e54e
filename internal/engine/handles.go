package engine

import (
	"fmt"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// anyHandle, as the only handle of a list, says that every LoRA is known under its own
// name.
const anyHandle = "*"

// handleIndex finds the handle of a use in an engine's list.
type handleIndex struct {
	any      bool
	digests  map[string][]int // full or abbreviated, lower case
	prefixes []int            // lengths of digests that occur
	paths    map[string][]int // lower case, without the extension, every tail of the path
	names    map[string][]int // names, aliases and file stems, lower case
	list     []Handle
}

func indexHandles(list []Handle) *handleIndex {
	x := &handleIndex{
		any: len(list) == 1 && list[0].Name == anyHandle, list: list,
		digests: map[string][]int{}, paths: map[string][]int{}, names: map[string][]int{},
	}
	lengths := map[int]bool{}
	for i, h := range list {
		for _, d := range h.Digests {
			d = strings.ToLower(d)
			if len(d) < shortestDigest {
				continue
			}
			put(x.digests, d, i)
			if !lengths[len(d)] {
				lengths[len(d)] = true
				x.prefixes = append(x.prefixes, len(d))
			}
		}
		stem := handleStem(h.Path)
		for tail := stem; tail != ""; _, tail, _ = strings.Cut(tail, "/") {
			put(x.paths, tail, i)
		}
		for _, name := range append([]string{h.Name, path.Base(handleStem(h.Name)), path.Base(stem)}, h.Aliases...) {
			put(x.names, handleStem(name), i)
		}
	}
	return x
}

// shortestDigest is what an abbreviated digest needs to count, in characters.
const shortestDigest = 8

func put(m map[string][]int, key string, i int) {
	if key == "" || key == "." {
		return
	}
	if have := m[key]; len(have) == 0 || have[len(have)-1] != i {
		m[key] = append(have, i)
	}
}

// handleStem is a name or path in lower case, with / between names and without the
// extension of a file of weights.
func handleStem(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
	for _, end := range modelEndings {
		name = strings.TrimSuffix(name, end)
	}
	return strings.Trim(name, "/")
}

// underscored is a stem as SD.Next spells it.
func underscored(stem string) string { return strings.ReplaceAll(stem, ".", "_") }

// find returns the handle of a use: by digest where the engine states any, else by the
// path below the root, else by the file's stem, the name in the prompt and the names the
// file states for itself, each only when it is unique. Errors are EngineErrors of the
// class EngineLoRANotFound that name the LoRA.
func (x *handleIndex) find(use lora.ResolvedUse) (Handle, error) {
	if x.any {
		return Handle{Name: use.Name}, nil
	}
	if i, ok := x.byDigest(use); ok {
		return x.list[i], nil
	}
	doubtful := false
	for _, step := range x.steps(use) {
		switch found := x.agreeing(step.in[step.key], use); len(found) {
		case 0:
		case 1:
			return x.list[found[0]], nil
		default:
			doubtful = true
		}
	}
	if doubtful {
		return Handle{}, failure(lora.EngineLoRANotFound, nil, "The engine has several LoRAs called %q. Rename the files so that each name is unique, or give the path in the prompt.", guard.DisplayName(use.Name))
	}
	where := " Put its file into a folder the engine reads and let it read its folders again, or correct the name."
	if use.RelPath != "" {
		where = fmt.Sprintf(" Make sure that %s is in a folder the engine reads.", guard.DisplayName(use.RelPath))
	}
	return Handle{}, failure(lora.EngineLoRANotFound, nil, "The engine does not see the LoRA %q.%s", guard.DisplayName(use.Name), where)
}

// byDigest finds the one handle with a digest that the use has, or begins with.
func (x *handleIndex) byDigest(use lora.ResolvedUse) (int, bool) {
	for _, digest := range use.Digests {
		for _, n := range x.prefixes {
			if n > len(digest) {
				continue
			}
			if found := x.digests[strings.ToLower(digest[:n])]; len(found) > 0 {
				return found[0], true // the same content, so any of them will do
			}
		}
	}
	return 0, false
}

type lookup struct {
	in  map[string][]int
	key string
}

// steps are the lookups for a use, the surest first.
func (x *handleIndex) steps(use lora.ResolvedUse) []lookup {
	var steps []lookup
	add := func(in map[string][]int, name string) {
		stem := handleStem(name)
		if stem == "" {
			return
		}
		steps = append(steps, lookup{in, stem})
		if other := underscored(stem); other != stem {
			steps = append(steps, lookup{in, other})
		}
	}
	add(x.paths, use.RelPath)
	add(x.names, use.RelPath)
	if use.FileName == "" { // only the prompt knows it
		add(x.paths, use.Name)
	}
	add(x.names, use.FileName)
	if use.FileName == "" {
		add(x.names, use.Name)
	}
	for _, alias := range use.Aliases {
		add(x.names, alias)
	}
	return steps
}

// agreeing are the handles found that do not contradict the use: one whose own digests
// differ from the use's of the same length is another file under the same name.
func (x *handleIndex) agreeing(found []int, use lora.ResolvedUse) []int {
	if len(found) == 0 || len(use.Digests) == 0 {
		return found
	}
	var agree []int
	for _, i := range found {
		if !contradicts(x.list[i], use) {
			agree = append(agree, i)
		}
	}
	return agree
}

// contradicts reports whether both state a whole SHA-256 and these differ. Shorter ones
// may be of another kind.
func contradicts(h Handle, use lora.ResolvedUse) bool {
	ours := strings.ToLower(use.Digests["sha256"])
	if ours == "" {
		return false
	}
	for _, d := range h.Digests {
		if len(d) == len(ours) && !strings.EqualFold(d, ours) && !hasDigest(use, d) {
			return true
		}
	}
	return false
}

func hasDigest(use lora.ResolvedUse, digest string) bool {
	for _, d := range use.Digests {
		if strings.EqualFold(d, digest) {
			return true
		}
	}
	return false
}
