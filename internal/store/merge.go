package store

import (
	"regexp"
	"strings"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// merge lets what a scan proposes into an adapter. Fields the user has set stay, and what
// a hub said of a field of which the disk says nothing; everything else follows the disk,
// so that a field disappears with the sidecar it came from.
func merge(to *lora.Adapter, proposed *lora.Adapter) {
	sources := make(map[string]lora.Source, len(proposed.Sources))
	for i := range fields {
		f := &fields[i]
		if to.Sources[f.name] == lora.FromUser {
			sources[f.name] = lora.FromUser
			continue
		}
		if source := proposed.Sources[f.name]; to.Sources[f.name] == lora.FromHub && (source == "" || source == lora.FromGuess) {
			sources[f.name] = lora.FromHub
			continue
		}
		f.take(to, proposed)
		if source := proposed.Sources[f.name]; source != "" {
			sources[f.name] = source
		}
	}
	to.Sources = sources
	withDefaults(to)
	to.Folder, to.FileName, to.FilePath = proposed.Folder, proposed.FileName, proposed.FilePath
	to.FileState = proposed.FileState
	to.Findings = proposed.Findings
	to.JSONFilePath, to.JSONFileMtime, to.JSONFileSize = proposed.JSONFilePath, proposed.JSONFileMtime, proposed.JSONFileSize
}

// withDefaults fills what must not be empty and what nobody has said anything about.
func withDefaults(a *lora.Adapter) {
	if a.Weight == 0 && a.Sources["weight"] == "" {
		a.Weight = 1
	}
	if a.Visibility == "" {
		a.Visibility = "Public"
	}
	if a.BaseModel == "" {
		a.BaseModel = lora.UnknownBase
	}
	if a.FileState == "" {
		a.FileState = lora.FileOK
	}
	a.Tags = tidyTags(a.Tags)
	if a.TrainedWords == nil {
		a.TrainedWords = []string{}
	}
	if a.Triggers == nil {
		a.Triggers = []string{}
	}
	if a.Findings == nil {
		a.Findings = []lora.Finding{}
	}
	a.Rating = min(max(a.Rating, 0), 5)
}

var (
	modelPage    = regexp.MustCompile(`^https?://(?:www\.)?(civitai\.[a-z]+/models/\d+|huggingface\.co/[^/?#]+/[^/?#]+)`)
	separators   = regexp.MustCompile(`[ _.-]+`)
	versionAtEnd = regexp.MustCompile(` ?v(?:er|ersion)?(?: ?\d+)+[a-z]?$| (?:e|ep|epoch|s|step|steps)? ?\d+(?: \d+)*$| (?:final|last|beta|alpha|fp16|bf16|fp32)$`)
)

// lineage names what the versions of one model share: the page it came from, else its
// name without what looks like a version, an epoch or a number at its end.
func lineage(a *lora.Adapter) string {
	if a.SourceURL != nil {
		if m := modelPage.FindStringSubmatch(*a.SourceURL); m != nil {
			return strings.ToLower(m[1])
		}
	}
	name := separators.ReplaceAllString(catalog.Fold(a.Name), " ")
	for range 3 {
		cut := versionAtEnd.FindStringIndex(name)
		if cut == nil || cut[0] < 3 {
			break
		}
		name = name[:cut[0]]
	}
	return "name/" + name
}
