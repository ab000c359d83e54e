package library

import (
	"context"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Suggestion is a folder of another tool that probably holds adapters.
type Suggestion struct {
	Path     string `json:"path"`
	Tool     string `json:"tool"`
	Adapters int    `json:"adapters" doc:"Adapter files directly in it and one level below"`
}

// toolFolders are where tools keep LoRA files below the folder they are installed in.
var toolFolders = []struct{ tool, marker, loras string }{
	{"ComfyUI", "comfy", "models/loras"},
	{"ComfyUI", "ComfyUI/comfy", "ComfyUI/models/loras"}, // the portable build
	{"Forge", "modules_forge", "models/Lora"},
	{"SD.Next", "modules/sd_models.py", "models/Lora"},
	{"Stable Diffusion web UI", "webui.py", "models/Lora"},
	{"SwarmUI", "src/BuiltinExtensions", "Models/Lora"},
	{"Fooocus", "fooocus_version.py", "models/loras"},
	{"InvokeAI", "invokeai.yaml", "models/sd-1/lora"},
	{"InvokeAI", "invokeai.yaml", "models/sdxl/lora"},
	{"InvokeAI", "invokeai.yaml", "models/flux/lora"},
	{"StabilityMatrix", "Data/Models", "Data/Models/Lora"},
	{"StabilityMatrix", "Models/Lora", "Models/Lora"},
}

// collections are folders below home in which people install tools.
var collections = []string{"", ".local/share", "AI", "ai", "apps", "Apps", "Applications", "git", "src", "code", "projects", "Documents", "Desktop", "Downloads"}

// maxLookedAt bounds the installation folders that are looked at.
const maxLookedAt = 2000

// SuggestRoots finds the LoRA folders of known tools below the home folder, without
// those that are library folders already. It looks at names only.
func (l *Library) SuggestRoots(ctx context.Context) ([]Suggestion, error) {
	found := []Suggestion{}
	if l.o.Home == "" {
		return found, nil
	}
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return nil, err
	}
	home, err := l.openFolder(ctx, lora.Root{Path: l.o.Home})
	if err != nil {
		return found, nil //nolint:nilerr // no home folder, no suggestions
	}
	defer home.close()
	suggestions, err := onDisk(ctx, home, func(beat func()) ([]Suggestion, error) {
		return suggest(home.disk, beat), nil
	})
	for _, s := range suggestions {
		if !listed(roots, s.Path) {
			found = append(found, s)
		}
	}
	return found, err
}

func listed(roots []lora.Root, dir string) bool {
	for _, r := range roots {
		if _, inside := below(r.Path, dir); inside {
			return true
		}
	}
	return false
}

func suggest(home *guard.Root, beat func()) []Suggestion {
	var found []Suggestion
	looked := 0
	for _, collection := range collections {
		entries, err := home.ReadDir(path.Join(".", collection))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || looked == maxLookedAt {
				continue
			}
			looked++
			beat()
			found = append(found, suggestIn(home, path.Join(collection, e.Name()))...)
		}
	}
	return found
}

// suggestIn looks at one installation folder. The first tool whose marker and LoRA
// folder are both there owns that folder.
func suggestIn(home *guard.Root, dir string) []Suggestion {
	var found []Suggestion
	taken := map[string]bool{}
	for _, t := range toolFolders {
		loras := path.Join(dir, t.loras)
		if taken[loras] {
			continue
		}
		if _, err := home.Stat(path.Join(dir, t.marker)); err != nil {
			continue
		}
		if info, err := home.Stat(loras); err != nil || !info.IsDir() {
			continue
		}
		taken[loras] = true
		found = append(found, Suggestion{Path: path.Join(home.Path(), loras), Tool: t.tool, Adapters: countAdapters(home, loras, 1)})
	}
	return found
}

// countAdapters counts adapter files in a folder and depth levels below it.
func countAdapters(disk *guard.Root, dir string, depth int) int {
	entries, err := disk.ReadDir(dir)
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range entries {
		switch {
		case e.IsDir() && depth > 0 && !strings.HasPrefix(e.Name(), "."):
			n += countAdapters(disk, path.Join(dir, e.Name()), depth-1)
		case e.Type().IsRegular() && kindOf(e.Name()) != notAdapter:
			n++
		}
	}
	return n
}
