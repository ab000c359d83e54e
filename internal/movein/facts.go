package movein

import (
	"maps"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// facts are what one manager says about one adapter. The first sidecar that speaks of a
// field is taken.
type facts struct {
	manager Manager
	adapter lora.ArchivedAdapter
	fields  []string
}

// set takes a value once. Everything a manager says counts as said by its user: it was
// chosen or accepted there, and it must outlive a scan of folders without those sidecars.
func set[T any](f *facts, field string, into *T, value T, has bool) {
	if !has || slices.Contains(f.fields, field) {
		return
	}
	*into = value
	f.fields = append(f.fields, field)
	if f.adapter.Sources == nil {
		f.adapter.Sources = map[string]lora.Source{}
	}
	f.adapter.Sources[field] = lora.FromUser
}

func setText(f *facts, field string, into **string, value string) {
	set(f, field, into, &value, value != "")
}

// take adds what a sidecar says.
func (f *facts) take(s *sidecar.Sidecar) {
	a := &f.adapter
	set(f, "name", &a.Name, s.Name, s.Name != "")
	setText(f, "version", &a.Version, s.Version)
	if s.Description != "" {
		setText(f, "description", &a.Description, guard.SafeHTML(s.Description))
	}
	setText(f, "author_username", &a.AuthorUsername, s.Author)
	set(f, "tags", &a.Tags, s.Tags, len(s.Tags) > 0)
	set(f, "trained_words", &a.TrainedWords, s.TrainedWords, len(s.TrainedWords) > 0)
	setText(f, "activation_text", &a.ActivationText, s.ActivationText)
	setText(f, "negative_text", &a.NegativeText, s.NegativeText)
	if s.Weight != nil {
		set(f, "weight", &a.Weight, *s.Weight, true)
	}
	set(f, "weight_min", &a.WeightMin, s.WeightMin, s.WeightMin != nil)
	set(f, "weight_max", &a.WeightMax, s.WeightMax, s.WeightMax != nil)
	setText(f, "sd_version", &a.SDVersion, s.BaseModel)
	if s.NSFWLevel != nil {
		set(f, "nsfw_level", &a.NSFWLevel, *s.NSFWLevel, true)
	}
	set(f, "notes", &a.Notes, s.Notes, s.Notes != "")
	setText(f, "source_url", &a.SourceURL, s.SourceURL)
	if s.Favorite != nil {
		set(f, "favorite", &a.Favorite, true, *s.Favorite)
	}
	if s.Rating != nil {
		set(f, "rating", &a.Rating, *s.Rating, true)
	}
	set(f, "published_at", &a.PublishedAt, s.PublishedAt, s.PublishedAt != nil)
	set(f, "stats", &a.Stats, s.Stats, len(s.Stats) > 0)
	set(f, "extra", &a.Extra, s.Extra, len(s.Extra) > 0)
	if s.SupportsGeneration != nil {
		set(f, "supports_generation", &a.SupportsGeneration, *s.SupportsGeneration, true)
	}
	if s.PrimaryFile != nil {
		setText(f, "primary_file_download_url", &a.PrimaryFileDownloadURL, s.PrimaryFile.DownloadURL)
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Digests)) {
		f.claim(kind, s.Digests[kind])
	}
}

// sorted names the fields that were said, in one order whatever order they came in.
func (f *facts) sorted() []string {
	slices.Sort(f.fields)
	return f.fields
}

// claim notes a digest that the manager states.
func (f *facts) claim(kind, value string) {
	for i := range f.adapter.Claimed {
		if f.adapter.Claimed[i].Kind == kind {
			return
		}
	}
	f.adapter.Claimed = append(f.adapter.Claimed, lora.Claim{Kind: kind, Value: value, Source: lora.FromSidecar})
}

func (f *facts) sha256() string {
	for _, c := range f.adapter.Claimed {
		if c.Kind == "sha256" {
			return c.Value
		}
	}
	return ""
}

// used is how often an adapter was used elsewhere, and when last.
type used struct {
	total int
	last  time.Time
}

func (f *facts) use(u used) {
	set(f, "use_count", &f.adapter.UseCount, u.total, u.total > 0)
	if !u.last.IsZero() {
		set(f, "last_used_at", &f.adapter.LastUsedAt, &u.last, true)
	}
}
