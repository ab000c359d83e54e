package archive

import (
	"context"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// ExportOptions say what goes into an archive and how it is written.
type ExportOptions struct {
	Adapters     bool // what is known of adapters; needed for Files
	Files        bool // adapters' files, sidecars and previews
	Compositions bool // with presets, workflows, wildcards and saved searches
	Jobs         bool // generations that ended
	Images       bool // their pictures; needs Jobs
	Settings     bool // with engines and library folders, without secrets
	Taste        bool // preferences and judgements
	Analytics    bool

	AdapterIDs  []string  // only these; nil takes all
	Search      string    // only adapters that match, in the syntax of the library's search
	From, Until time.Time // of jobs and figures; zero has no bound

	Compression string // none, fast, balanced, max; balanced when empty
	PartBytes   int64  // size of a part; 0 makes one
	Keys        guard.AgeKeys
}

const minPartBytes = 1 << 20

// check refuses what does not go together, naming the field.
func (o *ExportOptions) check() error {
	invalid := func(field, message string) error { return lora.FieldErrorf(lora.Invalid, field, "%s", message) }
	switch {
	case !o.Adapters && !o.Compositions && !o.Jobs && !o.Settings && !o.Taste && !o.Analytics:
		return invalid("loras", "Choose something to export.")
	case o.Files && !o.Adapters:
		return invalid("lora_files", "Files are exported with what is known of their adapters. Choose adapters too.")
	case o.Images && !o.Jobs:
		return invalid("images", "Pictures are exported with their generations. Choose generations too.")
	case (o.Search != "" || o.AdapterIDs != nil) && !o.Adapters:
		return invalid("search", "A selection of adapters needs adapters to be exported.")
	case !o.From.IsZero() && !o.Until.IsZero() && !o.From.Before(o.Until):
		return invalid("date_to", "The end of the range must be later than its beginning.")
	case o.PartBytes != 0 && o.PartBytes < minPartBytes:
		return invalid("max_size_mb", "A part must have 1 MiB or more.")
	}
	if _, err := compression(o.Compression).level(); err != nil || o.Keys.Empty() {
		return err
	}
	return o.Keys.Check()
}

// scope says what of the catalog that is; a search becomes the ids it finds.
func (a *Archive) scope(ctx context.Context, o *ExportOptions) (lora.ExportScope, error) {
	s := lora.ExportScope{
		Adapters: o.Adapters, AdapterIDs: o.AdapterIDs, Compositions: o.Compositions, Jobs: o.Jobs, From: o.From, Until: o.Until,
		Settings: o.Settings, Taste: o.Taste, Analytics: o.Analytics,
	}
	if o.Search == "" {
		return s, nil
	}
	found, err := a.options.Export.Search.AdapterIDs(ctx, o.Search)
	if err != nil {
		return s, err
	}
	if o.AdapterIDs == nil {
		s.AdapterIDs = append([]string{}, found...) // none found is not all
		return s, nil
	}
	matching := make(map[string]struct{}, len(found))
	for _, id := range found {
		matching[id] = struct{}{}
	}
	s.AdapterIDs = []string{}
	for _, id := range o.AdapterIDs {
		if _, ok := matching[id]; ok {
			s.AdapterIDs = append(s.AdapterIDs, id)
		}
	}
	return s, nil
}

// manifestOptions are the options as the manifest has them.
func (o *ExportOptions) manifestOptions() map[string]any {
	m := map[string]any{
		"adapters": o.Adapters, "files": o.Files, "compositions": o.Compositions, "jobs": o.Jobs, "images": o.Images,
		"settings": o.Settings, "taste": o.Taste, "analytics": o.Analytics, "selection": o.AdapterIDs != nil || o.Search != "",
	}
	if !o.From.IsZero() {
		m["from"] = o.From.UTC()
	}
	if !o.Until.IsZero() {
		m["until"] = o.Until.UTC()
	}
	return m
}
