package lora

import "time"

// Source says where the value of a field came from. User beats Sidecar beats File beats Hub
// beats Guess.
type Source string

// The sources in falling order of trust.
const (
	FromUser    Source = "user"
	FromSidecar Source = "sidecar"
	FromFile    Source = "file"
	FromHub     Source = "hub" // looked up; it fills only what nothing else says
	FromGuess   Source = "guess"
)

// FileState says how the file behind an adapter is doing.
type FileState string

// A missing file keeps its record, edits and history until the user purges it.
const (
	FileOK         FileState = "ok"
	FileMissing    FileState = "missing"
	FileUnreadable FileState = "unreadable" // malformed, truncated, no permission: see the findings
	FileUnsafe     FileState = "unsafe"     // pickle formats: hashed, never unpickled
	FileTrashed    FileState = "trashed"
)

// Adapter is one LoRA-like file on disk together with everything known about it.
//
// The first 34 fields are the wire contract that clients of the prototype rely on;
// their order, names and nullability are fixed. The rest is this program's own.
type Adapter struct {
	ID                     string         `json:"id" format:"uuid"`
	Name                   string         `json:"name"`
	Version                *string        `json:"version"`
	CanonicalVersionName   *string        `json:"canonical_version_name"`
	Description            *string        `json:"description" doc:"Sanitised HTML"`
	AuthorUsername         *string        `json:"author_username"`
	Visibility             string         `json:"visibility"`
	PublishedAt            *time.Time     `json:"published_at"`
	Tags                   []string       `json:"tags" nullable:"false"`
	TrainedWords           []string       `json:"trained_words" nullable:"false"`
	Triggers               []string       `json:"triggers" nullable:"false"`
	FilePath               string         `json:"file_path" doc:"Absolute path, made displayable"`
	Weight                 float64        `json:"weight"`
	Active                 bool           `json:"active"`
	Ordinal                *int           `json:"ordinal"`
	Archetype              *string        `json:"archetype"`
	ArchetypeConfidence    *float64       `json:"archetype_confidence"`
	PrimaryFileName        *string        `json:"primary_file_name"`
	PrimaryFileSizeKB      *int           `json:"primary_file_size_kb"`
	PrimaryFileSHA256      *string        `json:"primary_file_sha256"`
	PrimaryFileDownloadURL *string        `json:"primary_file_download_url"`
	PrimaryFileLocalPath   *string        `json:"primary_file_local_path"`
	SupportsGeneration     bool           `json:"supports_generation"`
	SDVersion              *string        `json:"sd_version" doc:"Base model as the sidecar spells it"`
	NSFWLevel              int            `json:"nsfw_level"`
	ActivationText         *string        `json:"activation_text"`
	Stats                  map[string]any `json:"stats" nullable:"true"`
	Extra                  map[string]any `json:"extra" nullable:"true"`
	JSONFilePath           *string        `json:"json_file_path"`
	JSONFileMtime          *time.Time     `json:"json_file_mtime"`
	JSONFileSize           *int           `json:"json_file_size"`
	LastIngestedAt         *time.Time     `json:"last_ingested_at"`
	CreatedAt              time.Time      `json:"created_at"`
	UpdatedAt              time.Time      `json:"updated_at"`

	RootID         string            `json:"root_id"`
	Folder         string            `json:"folder" doc:"Folder below the root with / between names, empty for the root itself"`
	FileName       string            `json:"file_name"`
	FileState      FileState         `json:"file_state" enum:"ok,missing,unreadable,unsafe,trashed"`
	FileSize       int               `json:"file_size" doc:"Bytes"`
	FileModifiedAt *time.Time        `json:"file_modified_at"`
	BaseModel      string            `json:"base_model" doc:"Base model id, or unknown"`
	BaseVariant    string            `json:"base_variant"`
	BaseConfidence float64           `json:"base_confidence" doc:"0..1"`
	Kind           string            `json:"kind" doc:"Adapter kind: lora, locon, loha, lokr, dora, ..., mixed or unknown"`
	Rank           *int              `json:"rank"`
	Alpha          *float64          `json:"alpha"`
	Trainer        string            `json:"trainer"`
	WeightMin      *float64          `json:"weight_min" doc:"Recommended range"`
	WeightMax      *float64          `json:"weight_max"`
	NegativeText   *string           `json:"negative_text"`
	Notes          string            `json:"notes"`
	Rating         int               `json:"rating" minimum:"0" maximum:"5" doc:"0 means not rated"`
	Favorite       bool              `json:"favorite"`
	SourceURL      *string           `json:"source_url" doc:"Page the adapter came from"`
	Preview        *Preview          `json:"preview"`
	Findings       []Finding         `json:"findings" nullable:"false"`
	SHA256         *string           `json:"sha256" doc:"Computed from the file; null until the digest lane has reached it"`
	DuplicateCount int               `json:"duplicate_count" doc:"Other adapters with the same file or the same tensors"`
	UseCount       int               `json:"use_count"`
	LastUsedAt     *time.Time        `json:"last_used_at"`
	TrashedAt      *time.Time        `json:"trashed_at"`
	Sources        map[string]Source `json:"sources" doc:"Where each field's value came from: user, sidecar, file, hub or guess"`
}

// Preview is the picture or short video shown for an adapter.
type Preview struct {
	URL  string `json:"url" doc:"Add ?w= for a thumbnail of a picture"`
	Type string `json:"type" enum:"image,video"`
	ETag string `json:"etag"`
}

// Root is one library folder.
type Root struct {
	ID         string     `json:"id"`
	Path       string     `json:"path"`
	Name       string     `json:"name" doc:"Short display name"`
	State      string     `json:"state" enum:"online,offline,unscanned" doc:"offline: the folder is not there; its adapters are marked missing, never deleted"`
	Writable   bool       `json:"writable"`
	Network    bool       `json:"network" doc:"Lies on a network file system: changes are found by periodic scans"`
	Watched    bool       `json:"watched" doc:"Changes are noticed at once; otherwise the folder is scanned every few minutes"`
	Adapters   int        `json:"adapters"`
	Missing    int        `json:"missing"`
	SizeBytes  int        `json:"size_bytes"`
	LastScanAt *time.Time `json:"last_scan_at"`
	CreatedAt  time.Time  `json:"created_at"`
}
