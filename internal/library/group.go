package library

import (
	"path"
	"slices"
	"strings"

	"loramanager/internal/sidecar"
)

// fileKind says how an adapter file is read.
type fileKind uint8

const (
	notAdapter fileKind = iota
	safetensorsFile
	unsafeFile // pickle formats: listed, and never looked into beyond their first bytes
	ggufFile
)

// kindOf judges a file by its name.
func kindOf(name string) fileKind {
	if _, role, _ := sidecar.Split(name); role != sidecar.Adapter {
		return notAdapter
	}
	switch strings.ToLower(path.Ext(name)) {
	case ".safetensors", ".sft":
		return safetensorsFile
	case ".gguf":
		return ggufFile
	}
	return unsafeFile
}

// The names of an adapter in PEFT's layout: a folder that holds these two.
const (
	peftWeights = "adapter_model.safetensors"
	peftConfig  = "adapter_config.json"
)

// isPEFT reports whether rel is the weights file of a PEFT folder.
func isPEFT(rel string) bool { return path.Base(rel) == peftWeights }

// named is an adapter with the small files that bear its name.
type named struct {
	rel      string
	kind     fileKind
	sidecars []string
	previews []string
}

// group sorts the file names of one folder into adapters and what belongs to them,
// in time linear in their number. left are the JSON files whose names belong to none;
// what they hold may say otherwise, see claim.
func group(dir string, names []string) (groups []named, left []string) {
	groups = make([]named, 0, len(names)/2)
	byStem := make(map[string]int, len(names)/2)
	for _, name := range names {
		kind := kindOf(name)
		if kind == notAdapter {
			continue
		}
		stem, _, _ := sidecar.Split(name)
		at, taken := byStem[stem]
		if !taken || kind == safetensorsFile && groups[at].kind != safetensorsFile {
			byStem[stem] = len(groups) // of x.pt and x.safetensors, the latter gets the sidecars
		}
		groups = append(groups, named{rel: path.Join(dir, name), kind: kind})
	}
	if len(groups) == 0 {
		return nil, nil
	}
	type ranked struct {
		rel  string
		rank int
	}
	found := make([][2][]ranked, len(groups))
	for _, name := range names {
		stem, role, rank := sidecar.Match(name, func(stem string) bool { _, ok := byStem[stem]; return ok })
		if role == sidecar.Other {
			if strings.EqualFold(path.Ext(name), ".json") && name != peftConfig {
				left = append(left, name)
			}
			continue
		}
		list := &found[byStem[stem]][0]
		if role == sidecar.Preview {
			list = &found[byStem[stem]][1]
		}
		*list = append(*list, ranked{path.Join(dir, name), rank})
	}
	for at := range found {
		for i, into := range []*[]string{&groups[at].sidecars, &groups[at].previews} {
			slices.SortStableFunc(found[at][i], func(a, b ranked) int { return a.rank - b.rank })
			for _, r := range found[at][i] {
				*into = append(*into, r.rel)
			}
		}
	}
	addPEFT(dir, names, groups)
	return groups, left
}

// addPEFT gives the weights file of a PEFT folder its configuration as a companion.
func addPEFT(dir string, names []string, groups []named) {
	if _, found := slices.BinarySearch(names, peftConfig); !found {
		return
	}
	for i := range groups {
		if isPEFT(groups[i].rel) {
			groups[i].sidecars = append(groups[i].sidecars, path.Join(dir, peftConfig))
		}
	}
}
