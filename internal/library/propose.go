package library

import (
	"math"
	"path"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/inspect"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// proposal fills an Adapter field by field and notes where each value came from. The
// first source that has a value wins, so sources are asked in order of trust:
// sidecars, then the file, then guesses. What a user set is not known here; the
// store keeps it.
type proposal struct {
	lora.Adapter
}

// propose says what a file, its sidecars and its name make of an adapter.
func propose(root lora.Root, t *task, got *contents, now time.Time) lora.Adapter {
	p := proposal{lora.Adapter{Visibility: "Public", Weight: 1, Sources: map[string]lora.Source{}}}
	p.fromDisk(root, t, got, now)
	for i := range got.sidecars {
		p.fromSidecar(&got.sidecars[i])
	}
	if got.report != nil {
		p.fromReport(got.report)
	}
	p.baseFromSidecar()
	p.fromName(root, t.rel, got.report)
	if p.Tags == nil {
		p.Tags = []string{}
	}
	if p.TrainedWords == nil {
		p.TrainedWords = []string{}
	}
	if p.Triggers == nil {
		p.Triggers = []string{}
	}
	return p.Adapter
}

// fromDisk fills what only the disk can say.
func (p *proposal) fromDisk(root lora.Root, t *task, got *contents, now time.Time) {
	folder := path.Dir(t.rel)
	if folder == "." {
		folder = ""
	}
	name := path.Base(t.rel)
	full := displayPath(root, t.rel)
	modified := time.Unix(0, t.stamp.MtimeNS).UTC()
	kb := int(math.RoundToEven(float64(t.stamp.Size) / 1024))
	display := guard.DisplayName(name)
	p.RootID, p.Folder, p.FileName, p.FilePath = root.ID, guard.DisplayName(folder), display, full
	p.FileSize, p.FileModifiedAt = int(t.stamp.Size), &modified
	p.FileState, p.Findings = got.state(t.kind), got.findings()
	p.BaseModel, p.Kind = lora.UnknownBase, "unknown"
	p.PrimaryFileName, p.PrimaryFileLocalPath, p.PrimaryFileSizeKB = &display, &full, &kb
	p.LastIngestedAt = &now
	if p.Findings == nil {
		p.Findings = []lora.Finding{}
	}
	if len(got.sidecars) > 0 {
		s := got.sidecars[0]
		where := displayPath(root, s.rel)
		at, size := time.Unix(0, s.mtimeNS).UTC(), int(s.size)
		p.JSONFilePath, p.JSONFileMtime, p.JSONFileSize = &where, &at, &size
	}
	if len(t.previews) > 0 {
		p.Preview = &lora.Preview{Type: previewType(t.previews[0].rel)}
	} else if got.report != nil && got.report.HasThumbnail {
		p.Preview = &lora.Preview{Type: previewImage}
	}
}

// fill sets a field once.
func fill[T any](p *proposal, field string, into *T, value T, has bool, from lora.Source) {
	if !has || p.Sources[field] != "" {
		return
	}
	*into = value
	p.Sources[field] = from
}

func (p *proposal) text(field string, into **string, value string, from lora.Source) {
	fill(p, field, into, &value, value != "", from)
}

func (p *proposal) fromSidecar(read *readSidecar) {
	const from = lora.FromSidecar
	s := read.Sidecar
	fill(p, "name", &p.Name, s.Name, s.Name != "", from)
	p.text("version", &p.Version, s.Version, from)
	if s.Description != "" {
		p.text("description", &p.Description, guard.SafeHTML(s.Description), from)
	}
	p.text("author_username", &p.AuthorUsername, s.Author, from)
	fill(p, "published_at", &p.PublishedAt, s.PublishedAt, s.PublishedAt != nil, from)
	fill(p, "tags", &p.Tags, s.Tags, len(s.Tags) > 0, from)
	fill(p, "trained_words", &p.TrainedWords, s.TrainedWords, len(s.TrainedWords) > 0, from)
	p.text("activation_text", &p.ActivationText, s.ActivationText, from)
	p.text("negative_text", &p.NegativeText, s.NegativeText, from)
	if s.Weight != nil {
		fill(p, "weight", &p.Weight, *s.Weight, true, from)
	}
	fill(p, "weight_min", &p.WeightMin, s.WeightMin, s.WeightMin != nil, from)
	fill(p, "weight_max", &p.WeightMax, s.WeightMax, s.WeightMax != nil, from)
	p.text("sd_version", &p.SDVersion, s.BaseModel, from)
	if s.NSFWLevel != nil {
		fill(p, "nsfw_level", &p.NSFWLevel, *s.NSFWLevel, true, from)
	}
	fill(p, "notes", &p.Notes, s.Notes, s.Notes != "", from)
	p.text("source_url", &p.SourceURL, s.SourceURL, from)
	if s.Favorite != nil {
		fill(p, "favorite", &p.Favorite, *s.Favorite, true, from)
	}
	if s.Rating != nil {
		fill(p, "rating", &p.Rating, *s.Rating, true, from)
	}
	fill(p, "stats", &p.Stats, s.Stats, s.Stats != nil, from)
	fill(p, "extra", &p.Extra, s.Extra, s.Extra != nil, from)
	if s.SupportsGeneration != nil {
		fill(p, "supports_generation", &p.SupportsGeneration, *s.SupportsGeneration, true, from)
	}
	if s.PrimaryFile != nil {
		p.text("primary_file_sha256", &p.PrimaryFileSHA256, strings.ToLower(s.PrimaryFile.SHA256), from)
		p.text("primary_file_download_url", &p.PrimaryFileDownloadURL, s.PrimaryFile.DownloadURL, from)
	}
}

func (p *proposal) fromReport(r *lora.Report) {
	const from = lora.FromFile
	if r.Description != "" {
		p.text("description", &p.Description, guard.SafeHTML(r.Description), from)
	}
	p.text("author_username", &p.AuthorUsername, r.Author, from)
	fill(p, "kind", &p.Kind, r.Kind, r.Kind != "", from)
	fill(p, "trainer", &p.Trainer, r.Trainer, r.Trainer != "", from)
	if r.Rank != nil {
		rank := int(*r.Rank)
		fill(p, "rank", &p.Rank, &rank, true, from)
	}
	fill(p, "alpha", &p.Alpha, r.Alpha, r.Alpha != nil, from)
	p.baseModel(r)
	words, origin := triggers(r.TriggerWords)
	fill(p, "triggers", &p.Triggers, words, len(words) > 0, origin)
}

// baseModel takes over the judgement of inspect; it is a guess when nothing but
// names speak for it.
func (p *proposal) baseModel(r *lora.Report) {
	from := lora.FromGuess
	for _, e := range r.Base.Evidence {
		switch {
		case e.Base != r.Base.ID || e.Source == "name":
		case e.Source == "sidecar":
			if from == lora.FromGuess {
				from = lora.FromSidecar
			}
		default:
			from = lora.FromFile
		}
	}
	if r.Base.ID == "" || r.Base.ID == lora.UnknownBase {
		return
	}
	fill(p, "base_model", &p.BaseModel, r.Base.ID, true, from)
	p.BaseVariant, p.BaseConfidence = r.Base.Variant, r.Base.Confidence
}

// baseFromSidecar takes a sidecar's word for files that cannot be looked into.
func (p *proposal) baseFromSidecar() {
	if p.SDVersion == nil {
		return
	}
	const hearsay = 0.7
	if id, variant, ok := inspect.FindBase(*p.SDVersion); ok && p.Sources["base_model"] == "" {
		fill(p, "base_model", &p.BaseModel, id, true, lora.FromSidecar)
		p.BaseVariant, p.BaseConfidence = variant, hearsay
	}
}

// maxTriggers is how many trigger words are taken over from a file.
const maxTriggers = 10

// triggers picks the likely ones. Words the trainer named are facts of the file,
// words that only stood out in the captions are guesses.
func triggers(found []lora.TriggerWord) ([]string, lora.Source) {
	const likely = 0.5
	var words []string
	from := lora.FromFile
	for _, w := range found {
		if w.Score < likely || len(words) == maxTriggers {
			break // best first
		}
		if !strings.HasPrefix(w.Source, "modelspec.") {
			from = lora.FromGuess
		}
		words = append(words, w.Word)
	}
	return words, from
}

// fromName falls back on names: of the file, or, when that says nothing, on the
// title the trainer wrote into it or the folder it lies in.
func (p *proposal) fromName(root lora.Root, rel string, r *lora.Report) {
	if p.Sources["name"] != "" {
		return
	}
	stem, _, _ := sidecar.Split(path.Base(rel))
	folder := path.Base(path.Dir(rel))
	if folder == "." {
		folder = path.Base(root.Path)
	}
	name, from := nameFrom(rel), lora.FromFile
	switch {
	case name != "":
	case isPEFT(rel): // in the library folder itself
		name = folder
	case r != nil && strings.TrimSpace(r.Title) != "" && !saysNothing(strings.TrimSpace(r.Title)):
		name = strings.TrimSpace(r.Title)
	case genericStems[strings.ToLower(stem)]:
		name, from = folder, lora.FromGuess
	default:
		name = stem
	}
	fill(p, "name", &p.Name, guard.DisplayName(name), true, from)
}

// nameFrom is the name that a path gives an adapter: the folder's in PEFT's layout,
// else the file's; empty when that says nothing.
func nameFrom(rel string) string {
	if isPEFT(rel) {
		if folder := path.Base(path.Dir(rel)); folder != "." {
			return folder
		}
		return ""
	}
	stem, _, _ := sidecar.Split(path.Base(rel))
	if saysNothing(stem) {
		return ""
	}
	return stem
}

// genericStems are file names that programs give without being asked.
var genericStems = map[string]bool{
	"pytorch_lora_weights": true, "adapter_model": true, "lora": true, "model": true, "last": true,
	"diffusion_pytorch_model": true, "output": true, "untitled": true, "pytorch_model": true,
}

// saysNothing reports names that no person chose: a program's default, or a hash.
func saysNothing(stem string) bool {
	lower := strings.ToLower(stem)
	return genericStems[lower] || strings.Trim(lower, "0123456789abcdef-_") == "" && len(lower) >= 8 ||
		strings.Trim(lower, "0123456789-_") == ""
}
