package store

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"loramanager/internal/digest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Bounds of what an import can bring: the widest of what users can enter and what is read
// from files and sidecars.
const (
	maxShortBytes  = 1000
	maxEntryBytes  = 2 << 10 // of a list
	maxObjectBytes = 1 << 20
	maxPathBytes   = 4096
	maxShownName   = 80
)

// adapterCheck looks through an archived adapter. It keeps the first thing that is wrong
// and adds up what the adapter takes.
type adapterCheck struct {
	field, wrong string
	bytes        int
}

// checkArchived refuses what the catalog could not have held itself, naming the adapter
// and the field, and returns about how many bytes it takes.
func checkArchived(a *lora.ArchivedAdapter) (bytes int, err error) {
	c := &adapterCheck{bytes: 1 << 10}
	c.texts(a)
	c.lists(a)
	c.numbers(a)
	c.times(a)
	c.words(a)
	c.digests(a)
	if c.wrong == "" {
		return c.bytes, nil
	}
	return 0, lora.FieldErrorf(lora.Invalid, c.field, "The field '%s' of the adapter %s %s. Nothing was imported.", c.field, shownName(a), c.wrong)
}

// shownName names an adapter in a sentence.
func shownName(a *lora.ArchivedAdapter) string {
	name := a.Name
	if strings.TrimSpace(name) == "" {
		name = a.ID
	}
	if len(name) > maxShownName {
		name = name[:maxShownName] + "..."
	}
	return "\"" + guard.DisplayName(name) + "\""
}

func (c *adapterCheck) refuse(field, wrong string) {
	if c.wrong == "" && wrong != "" {
		c.field, c.wrong = field, wrong
	}
}

func (c *adapterCheck) text(field, value string, most int) {
	c.bytes += len(value)
	c.refuse(field, wrongText(value, most))
}

func (c *adapterCheck) optional(field string, value *string, most int) {
	if value != nil {
		c.text(field, *value, most)
	}
}

// wrongText says what is wrong with a text, empty when nothing is.
func wrongText(value string, most int) string {
	switch {
	case len(value) > most:
		return "is longer than " + decimal(int64(most)) + " bytes"
	case !utf8.ValidString(value):
		return "is not valid UTF-8"
	case strings.IndexByte(value, 0) >= 0:
		return "has a NUL character"
	}
	return ""
}

// line is a short text that is shown on one line everywhere.
func (c *adapterCheck) line(field string, value *string) {
	if value == nil {
		return
	}
	c.text(field, *value, maxShortBytes)
	if strings.ContainsFunc(*value, unicode.IsControl) {
		c.refuse(field, "has control characters")
	}
}

func (c *adapterCheck) texts(a *lora.ArchivedAdapter) {
	if strings.TrimSpace(a.Name) == "" {
		c.refuse("name", "is empty")
	}
	c.text("id", a.ID, maxShortBytes)
	c.line("name", &a.Name)
	c.line("version", a.Version)
	c.line("canonical_version_name", a.CanonicalVersionName)
	c.optional("description", a.Description, maxTextBytes)
	c.line("author_username", a.AuthorUsername)
	c.text("visibility", a.Visibility, maxShortBytes)
	c.optional("archetype", a.Archetype, maxTextBytes)
	c.optional("primary_file_name", a.PrimaryFileName, maxPathBytes)
	c.optional("primary_file_sha256", a.PrimaryFileSHA256, maxShortBytes)
	c.optional("primary_file_download_url", a.PrimaryFileDownloadURL, maxPathBytes)
	c.optional("primary_file_local_path", a.PrimaryFileLocalPath, maxPathBytes)
	c.optional("sd_version", a.SDVersion, maxShortBytes)
	c.optional("activation_text", a.ActivationText, maxTextBytes)
	c.text("base_variant", a.BaseVariant, maxShortBytes)
	c.text("kind", a.Kind, maxShortBytes)
	c.text("trainer", a.Trainer, maxShortBytes)
	c.optional("negative_text", a.NegativeText, maxTextBytes)
	c.text("notes", a.Notes, maxTextBytes)
	c.optional("source_url", a.SourceURL, maxPathBytes)
	if a.SourceURL != nil {
		page := a.SourceURL
		c.refuse("source_url", checkURL(&page))
	}
	c.text("alias", a.Alias, maxShortBytes)
	c.text("quick_digest", a.QuickDigest, maxShortBytes)
	c.bytes += len(a.RelPath)
	if len(a.RelPath) > maxPathBytes || strings.IndexByte(a.RelPath, 0) >= 0 {
		c.refuse("rel_path", "is no path")
	}
}

func (c *adapterCheck) lists(a *lora.ArchivedAdapter) {
	for _, list := range []struct {
		field string
		items []string
	}{{"tags", a.Tags}, {"trained_words", a.TrainedWords}, {"triggers", a.Triggers}} {
		if len(list.items) > maxListItems {
			c.refuse(list.field, "has more than 1,000 entries")
		}
		for _, item := range list.items {
			c.text(list.field, item, maxEntryBytes)
		}
	}
	for _, object := range []struct {
		field string
		value any
	}{{"stats", a.Stats}, {"extra", a.Extra}, {"findings", a.Findings}} {
		text, err := json.Marshal(object.value)
		c.bytes += len(text)
		if err != nil {
			c.refuse(object.field, "cannot be written as JSON")
		} else if len(text) > maxObjectBytes {
			c.refuse(object.field, "is longer than 1 MiB")
		}
	}
}

func (c *adapterCheck) numbers(a *lora.ArchivedAdapter) {
	for _, n := range []struct {
		field string
		value *float64
	}{
		{"weight", &a.Weight}, {"archetype_confidence", a.ArchetypeConfidence}, {"base_confidence", &a.BaseConfidence},
		{"alpha", a.Alpha}, {"weight_min", a.WeightMin}, {"weight_max", a.WeightMax},
	} {
		if n.value != nil && (math.IsNaN(*n.value) || math.IsInf(*n.value, 0)) {
			c.refuse(n.field, "is not a number")
		}
	}
	for _, n := range []struct {
		field       string
		value       *int
		least, most int
	}{
		{"ordinal", a.Ordinal, math.MinInt32, math.MaxInt32}, {"rank", a.Rank, 0, math.MaxInt32}, {"rating", &a.Rating, 0, 5},
		{"nsfw_level", &a.NSFWLevel, 0, 255}, {"primary_file_size_kb", a.PrimaryFileSizeKB, 0, math.MaxInt},
		{"file_size", &a.FileSize, 0, math.MaxInt}, {"use_count", &a.UseCount, 0, math.MaxInt32},
	} {
		if n.value != nil && (*n.value < n.least || *n.value > n.most) {
			c.refuse(n.field, "is out of range")
		}
	}
}

func (c *adapterCheck) times(a *lora.ArchivedAdapter) {
	for _, t := range []struct {
		field string
		value *time.Time
	}{
		{"created_at", &a.CreatedAt}, {"updated_at", &a.UpdatedAt}, {"published_at", a.PublishedAt},
		{"last_used_at", a.LastUsedAt}, {"last_ingested_at", a.LastIngestedAt},
	} {
		if t.value != nil && !t.value.IsZero() && !keepableTime(*t.value) {
			c.refuse(t.field, "is no time between 1970 and 9999")
		}
	}
}

// keepableTime reports whether a time can be kept, and made part of a key.
func keepableTime(t time.Time) bool { return t.Unix() >= 0 && t.UTC().Year() <= 9999 }

// words checks what is one of a closed set.
func (c *adapterCheck) words(a *lora.ArchivedAdapter) {
	// A later version may know more base models: an id that is not known here is kept.
	if strings.Trim(a.BaseModel, "abcdefghijklmnopqrstuvwxyz0123456789-._") != "" || len(a.BaseModel) > maxShownName {
		c.refuse("base_model", "is not the id of a base model")
	}
	switch a.FileState {
	case "", lora.FileOK, lora.FileMissing, lora.FileUnreadable, lora.FileUnsafe, lora.FileTrashed:
	default:
		c.refuse("file_state", "is none of ok, missing, unreadable, unsafe and trashed")
	}
	for field, source := range a.Sources {
		if !knownSource(source) {
			c.refuse("sources", "says of '"+guard.DisplayName(field[:min(len(field), maxShownName)])+"' something else than user, sidecar, file or guess")
		}
	}
}

func knownSource(s lora.Source) bool {
	return s == lora.FromUser || s == lora.FromSidecar || s == lora.FromFile || s == lora.FromHub || s == lora.FromGuess
}

// computedKinds are the digests that are computed from files.
var computedKinds = []digest.Kind{digest.SHA256, digest.AutoV1, digest.AutoV2, digest.AutoV3, digest.BLAKE3, digest.CRC32}

// writtenDigest is a digest as it is kept, empty when the text is none. The digest of an
// empty file is one: trainers and empty files state it, though it identifies nothing.
func writtenDigest(value string) string {
	value = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(value)), "0x")
	if len(value) < 8 || len(value) > 128 || strings.Trim(value, "0123456789abcdef") != "" {
		return ""
	}
	return value
}

func (c *adapterCheck) digests(a *lora.ArchivedAdapter) {
	if a.SHA256 != nil && len(writtenDigest(*a.SHA256)) != 64 {
		c.refuse("sha256", "is no SHA-256")
	}
	for kind, value := range a.Digests {
		if !slices.Contains(computedKinds, digest.Kind(kind)) || writtenDigest(value) == "" {
			c.refuse("digests", "has a digest that is none")
		}
	}
	for _, claim := range a.Claimed {
		if len(claim.Kind) > maxShownName || writtenDigest(claim.Value) == "" || !knownSource(claim.Source) {
			c.refuse("claimed_digests", "has a digest that is none")
		}
	}
	if len(a.Claimed) > 100 {
		c.refuse("claimed_digests", "has more than 100 entries")
	}
}
