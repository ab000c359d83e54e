package lora

import "time"

// FileStamp tells whether a file on disk is still the one that was read.
type FileStamp struct {
	Size    int64
	MtimeNS int64  // modification time, nanoseconds since 1970
	Dev     uint64 // 0 where the system has no device and inode numbers
	Inode   uint64
}

// KnownFile is what the catalog remembers of one file when a scan starts.
type KnownFile struct {
	AdapterID   string
	RootID      string
	RelPath     string // raw bytes below the root, / between names; may be invalid UTF-8
	Stamp       FileStamp
	Companions  uint64 // CompanionStamp of the sidecars and previews beside it
	QuickDigest string
	State       FileState
}

// ScannedFile is what a scan learned about one file and wants saved.
type ScannedFile struct {
	// AdapterID is the record to update; empty for a new one.
	AdapterID string
	RootID    string
	RelPath   string
	Stamp     FileStamp
	// Companions changes when any sidecar or preview beside the file changes.
	Companions uint64
	// QuickDigest is BLAKE3 over size, header and the start of the data:
	// enough to recognise a moved file without reading it whole. Empty when unreadable.
	QuickDigest string
	// Replaced says that the content changed, so digests computed earlier are void.
	Replaced bool
	// PreviewRel is the preview's path below the root, empty when there is none.
	PreviewRel   string
	PreviewType  string // image or video
	PreviewStamp int64  // modification time, nanoseconds
	// Proposed carries every field the file, its sidecars or a guess can fill, with
	// Sources naming the origin of each. Fields the user set are kept by the store.
	Proposed Adapter
	Report   *Report
	// ClaimedDigests are digests that sidecars or the header state, by kind.
	ClaimedDigests map[string]string
}

// ScanPhase names where a scan is.
type ScanPhase string

// The phases in order. A scan waits while the server that scans has not begun it.
const (
	PhaseWait  ScanPhase = "wait"
	PhaseWalk  ScanPhase = "walk"
	PhaseRead  ScanPhase = "read"
	PhaseMatch ScanPhase = "match"
	PhaseSave  ScanPhase = "save"
	PhaseDone  ScanPhase = "done"
)

// ScanState says how a scan stands.
type ScanState string

// A cancelled scan keeps what it saved so far and marks nothing missing.
const (
	ScanRunning   ScanState = "running"
	ScanFinished  ScanState = "finished"
	ScanCancelled ScanState = "cancelled"
	ScanFailed    ScanState = "failed"
)

// Scan is one pass over library folders, running or over.
type Scan struct {
	ID         string        `json:"id"`
	State      ScanState     `json:"state" enum:"running,finished,cancelled,failed"`
	Phase      ScanPhase     `json:"phase" enum:"wait,walk,read,match,save,done"`
	Trigger    string        `json:"trigger" enum:"user,start,watch,schedule,root_added"`
	RootIDs    []string      `json:"root_ids" nullable:"false"`
	StartedAt  time.Time     `json:"started_at"`
	FinishedAt *time.Time    `json:"finished_at"`
	Counts     ScanCounts    `json:"counts"`
	Error      string        `json:"error,omitempty"`
	Findings   []ScanFinding `json:"findings" nullable:"false" doc:"At most 1,000; counts.findings says how many there were"`
}

// ScanCounts are a scan's figures so far.
type ScanCounts struct {
	Found     int `json:"found" doc:"Adapter files seen by the walk"`
	Read      int `json:"read" doc:"Files whose header was read"`
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Moved     int `json:"moved"`
	Missing   int `json:"missing" doc:"Newly marked missing"`
	Restored  int `json:"restored" doc:"Were missing, are back"`
	Findings  int `json:"findings"`
}

// ScanFinding is one file the scan has something to say about.
type ScanFinding struct {
	AdapterID string  `json:"adapter_id,omitempty"`
	Path      string  `json:"path" doc:"Displayable path"`
	Finding   Finding `json:"finding"`
}
