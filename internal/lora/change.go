package lora

import (
	"encoding/json"
	"time"
)

// BulkEdit is one edit of many adapters by the user. Set holds fields by their wire
// name as a PATCH would carry them.
type BulkEdit struct {
	Account    int64 // whose favourites and ratings Set changes; 0 changes the library's
	Set        map[string]json.RawMessage
	AddTags    []string
	RemoveTags []string
}

// BulkResult says what became of a bulk edit.
type BulkResult struct {
	IDs     []string  // edited or already as wanted
	Skipped []Skipped // left alone
	UndoID  string    // empty when nothing changed
}

// NoSuchAdapter is why a bulk action skips an id that it does not know.
const NoSuchAdapter = "No adapter has this id."

// Skipped is an adapter that a bulk action left alone, and why.
type Skipped struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Undone is a change that was taken back. For changes of files the store only
// remembers where they were: whoever called moves them back to Places.
type Undone struct {
	Action   string
	IDs      []string // adapters whose fields are as before
	Places   []Place  // where files were before
	Made     []Folder // folders that the change had to make, upper ones first
	IsOfFile bool
}

// SavedSearch is a search kept under a name.
type SavedSearch struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Q         string    `json:"q"`
	Sort      string    `json:"sort"`
	Order     string    `json:"order" enum:"asc,desc"`
	CreatedAt time.Time `json:"created_at"`
}

// Activity is one change of the library, told by a key of the web app's messages.
type Activity struct {
	At        time.Time      `json:"at"`
	TextKey   string         `json:"text_key"`
	Params    map[string]any `json:"params"`
	AdapterID *string        `json:"adapter_id"`
}

// Claim is a digest that a sidecar or the header states.
type Claim struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Source Source `json:"source"`
}

// Digests are what is known of one file's digests.
type Digests struct {
	Computed map[string]string // by kind
	Claimed  []Claim
	State    string // pending, done or failed
}

// DigestMatch is an adapter that a digest belongs to.
type DigestMatch struct {
	Adapter Adapter `json:"adapter"`
	Kind    string  `json:"kind" doc:"The kind of digest that matched"`
}

// DuplicateGroup is a set of adapters with the same tensors.
type DuplicateGroup struct {
	Key       string    `json:"key"`
	Kind      string    `json:"kind" enum:"same_file,same_tensors"`
	SizeBytes int       `json:"size_bytes" doc:"Size of the largest file"`
	Adapters  []Adapter `json:"adapters" nullable:"false"`
}

// Twin is another adapter with the same tensors.
type Twin struct {
	Adapter  Adapter
	SameFile bool // equal byte for byte
}

// LibraryCounts are the figures of the whole library; only Trashed speaks of the trash.
type LibraryCounts struct {
	Adapters      int
	Active        int
	Favorites     int
	AddedThisWeek int
	Unreadable    int
	Unsafe        int
	Missing       int
	Trashed       int
	Duplicates    int
	SizeBytes     int
}

// NewAdapter is an adapter a user adds by hand for a file that lies below a root.
type NewAdapter struct {
	RootID  string
	RelPath string // raw bytes below the root, / between names
	Stamp   FileStamp
	// Given carries the values, Fields the wire names of those that were given; the
	// others take their defaults or stay what a scan found.
	Given  Adapter
	Fields []string
}
